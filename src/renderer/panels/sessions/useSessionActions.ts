import { useState } from 'react';
import type { Command } from '../../../shared/bridge.ts';
import type { SessionSummary } from '../../../shared/recordings.ts';
import { useMarketStore } from '../../store/hooks.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { useToasts } from '../../workspace/toasts.ts';
import { sessionTitle } from './sessionWords.ts';

type RecordingAction = Extract<Command, { type: 'controlRecording' }>['action'];

export interface SessionActions {
  /** Its replay is on the way. */
  readonly opening: string | null;
  readonly replay: (session: SessionSummary, where?: 'thisWindow' | 'newWindow') => void;
  readonly exportSession: (session: SessionSummary) => void;
  readonly togglePin: (session: SessionSummary) => void;
  readonly reveal: (session: SessionSummary) => void;
  /** Both answer what the host refused it with, null when it is done. */
  readonly rename: (session: SessionSummary, name: string) => Promise<string | null>;
  readonly remove: (session: SessionSummary) => Promise<string | null>;
}

/** Sends a command; what was refused stays on the screen until it is dismissed. */
function useSend(): (title: string, command: Command) => void {
  const store = useMarketStore();
  const show = useToasts((state) => state.show);
  return (title, command) =>
    void store.command(command).then((answer) => {
      if (!answer.ok) show({ mark: 'error', title, text: answer.message, stays: true });
    });
}

export function useRecordingControl(): (action: RecordingAction) => void {
  const send = useSend();
  return (action) => send('Recording', { type: 'controlRecording', action });
}

/** What a person can do to a recorded session. */
export function useSessionActions(
  openReplay: PanelProps['openReplay'],
  openExport: PanelProps['openExport'],
): SessionActions {
  const store = useMarketStore();
  const send = useSend();
  const [opening, setOpening] = useState<string | null>(null);
  const refusal = async (command: Command): Promise<string | null> => {
    const answer = await store.command(command);
    return answer.ok ? null : answer.message;
  };
  return {
    opening,
    replay: ({ id }, where = 'newWindow') => {
      if (opening !== null) return;
      setOpening(id);
      void openReplay({ session: id, at: null, where }).finally(() => setOpening(null));
    },
    exportSession: ({ id }) => openExport({ session: id }),
    togglePin: (session) =>
      send(sessionTitle(session), {
        type: 'changeSession',
        session: session.id,
        pinned: !session.pinned,
      }),
    reveal: (session) =>
      send(sessionTitle(session), { type: 'revealSession', session: session.id }),
    rename: ({ id }, name) => refusal({ type: 'changeSession', session: id, name }),
    remove: ({ id }) => refusal({ type: 'deleteSession', session: id }),
  };
}
