import type { Command } from '../../shared/bridge.ts';
import { useMarketStore } from '../store/hooks.ts';
import { useWorkspace } from './dock.ts';
import { useSession } from './session.ts';

const replayedLastMs = 5 * 60_000;
const place = 'Sessions';

interface RecordingCommand {
  readonly label: string;
  readonly place: string;
  readonly act: () => void;
}

/** Start or stop, as it is now; a replay of what was just seen, where the clock is the market's. */
export function useRecordingCommands(
  send: (command: Command) => () => void,
): readonly RecordingCommand[] {
  const store = useMarketStore();
  const workspace = useWorkspace();
  const { source, status: host } = useSession();
  const { status = 'off', session = null, since = null } = host?.recording ?? {};
  const isWritten = status === 'recording' || status === 'failing' || status === 'paused';
  const action = isWritten ? 'stop' : 'start';
  const isReplay = source?.startsWith('replay:') === true;
  const replayLast = (): readonly RecordingCommand[] => {
    // A replay's clock is not that of the recording that goes on.
    if (session === null || since === null || isReplay) return [];
    const act = () => {
      const at = Math.max(since, store.hostNow() - replayedLastMs);
      void workspace.replays.open({ session, at, where: 'newWindow' });
    };
    return [{ label: 'Replay the last 5 minutes', place, act }];
  };
  return [
    {
      label: isWritten ? 'Stop recording' : 'Start recording',
      place,
      act: send({ type: 'controlRecording', action }),
    },
    ...replayLast(),
    { label: 'Export a session', place, act: () => workspace.openExport() },
  ];
}
