import { assertNever } from '../../shared/assert.ts';
import type { CommandResult, ReplayAction } from '../../shared/bridge.ts';
import { done, refuse } from './commandResult.ts';
import type { HostWindow } from './hosting/hostWindow.ts';

/** What the transport bar of a replay says. */
export async function controlReplay(
  action: ReplayAction,
  { run, engine }: HostWindow,
): Promise<CommandResult<null>> {
  if (run === null) {
    const isOfFiles = engine.replay() !== null;
    return refuse(
      'not-available',
      isOfFiles
        ? 'Files play once, as they were recorded. Import them to step and jump.'
        : 'This window shows no replay. Open one from Sessions.',
    );
  }
  const { player, timeline } = run;
  switch (action.do) {
    case 'play':
      player.play();
      return done;
    case 'pause':
      player.pause();
      return done;
    case 'setSpeed':
      player.setSpeed(action.speed);
      return done;
    case 'seek':
      await player.seek(action.time);
      return done;
    case 'step':
      await player.step(action.unit, action.direction, timeline?.file.marks() ?? []);
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
