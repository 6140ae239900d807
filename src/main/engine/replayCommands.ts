import { assertNever } from '../../shared/assert.ts';
import type { CommandResult, ReplayAction } from '../../shared/bridge.ts';
import type { StepUnit } from '../../shared/replay.ts';
import { done, refuse } from './commandResult.ts';
import type { ReplayRun } from './hosting/replays.ts';

/** What the transport bar of a replay says. */
export async function controlReplay(
  action: ReplayAction,
  run: ReplayRun | null,
): Promise<CommandResult<null>> {
  if (run === null) {
    return refuse('not-available', 'This window shows no replay. Open one from Sessions.');
  }
  const { player } = run;
  switch (action.do) {
    case 'play':
      if (player.state.isFinished) await player.seek(player.state.startTime);
      player.play();
      return done;
    case 'pause':
      player.pause();
      return done;
    case 'setSpeed': {
      const { isPlaying } = player.state;
      player.play(action.speed ?? Number.POSITIVE_INFINITY);
      if (!isPlaying) player.pause();
      return done;
    }
    case 'seek':
      await player.seek(action.time);
      return done;
    case 'step':
      await step(run, action.unit, action.direction);
      return done;
    case 'setLoop': {
      const { loop } = action;
      if (loop !== null && loop.from >= loop.to) {
        return refuse('not-available', 'A loop ends after it begins. Choose a later end.');
      }
      player.setLoop(loop);
      return done;
    }
    default:
      return assertNever(action);
  }
}

async function step(
  { player, timeline }: ReplayRun,
  unit: StepUnit,
  direction: 1 | -1,
): Promise<void> {
  if (unit === 'frame') await player.stepInputs(direction);
  else if (unit === 'second') await player.stepTime(direction * 1_000);
  else if (unit === 'minute') await player.stepTime(direction * 60_000);
  else {
    const { time } = player.state;
    const marks = timeline?.file.marks() ?? [];
    const next =
      direction === 1
        ? marks.find((mark) => mark.time > time)
        : marks.findLast((mark) => mark.time < time);
    if (next !== undefined) await player.seek(next.time);
  }
}
