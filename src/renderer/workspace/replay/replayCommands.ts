import { replaySpeeds } from '../../../shared/replay.ts';
import type { ReplayControl } from './replayControl.ts';
import { speedWords } from './replayWords.ts';

/** As the palette lists it. */
export interface ReplayCommand {
  readonly label: string;
  readonly place: string;
  readonly act: () => void;
}

/** What the transport can do, by its name; none in a window that shows a market. */
export function replayCommands(control: ReplayControl): readonly ReplayCommand[] {
  const { replay } = control;
  if (replay === null) return [];
  const command = (label: string, act: () => void): ReplayCommand => ({
    ...{ label: `Replay: ${label}`, place: 'Replay', act },
  });
  return [
    command(replay.isPlaying ? 'pause' : 'play', () => void control.togglePlay()),
    command('one frame on', () => control.step('frame', 1)),
    command('one frame back', () => control.step('frame', -1)),
    command('one second on', () => control.step('second', 1)),
    command('one second back', () => control.step('second', -1)),
    command('one minute on', () => control.step('minute', 1)),
    command('one minute back', () => control.step('minute', -1)),
    command('next mark', () => control.step('mark', 1)),
    command('previous mark', () => control.step('mark', -1)),
    command('to its start', () => control.seek(replay.startTime)),
    command('to its end', () => control.seek(replay.endTime)),
    command(replay.loop === null ? 'loop from or to here' : 'end the loop', () =>
      control.toggleLoop(),
    ),
    ...[...replaySpeeds, null].map((speed) =>
      command(`speed ${speedWords(speed)}`, () => control.setSpeed(speed)),
    ),
    command('back to live', () => void control.closeReplay()),
  ];
}
