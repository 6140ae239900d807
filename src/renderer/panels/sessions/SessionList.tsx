import type { KeyboardEvent } from 'react';
import { useEffect, useId, useState } from 'react';
import type { SessionSummary } from '../../../shared/recordings.ts';
import { usePalette } from '../../theme/palette.ts';
import type { RowTask } from './SessionRow.tsx';
import { SessionRow } from './SessionRow.tsx';
import { useRowWindow } from './useRowWindow.ts';
import type { SessionActions } from './useSessionActions.ts';

interface ListProps {
  readonly sessions: readonly SessionSummary[];
  readonly linked: boolean;
  readonly canReveal: boolean;
  readonly actions: SessionActions;
}

const rowPx = 42;
const comfortableRowPx = 50;
/** The question before a session is deleted; its words take more lines where the list is narrow. */
const questionPx = (widthPx: number, scale: number) => (widthPx < 640 * scale ? 92 : 48) * scale;

const steps: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowDown: (index, last) => Math.min(last, index + 1),
  ArrowUp: (index) => Math.max(0, index - 1),
  PageDown: (index, last) => Math.min(last, index + 10),
  PageUp: (index) => Math.max(0, index - 10),
  Home: () => 0,
  End: (_, last) => last,
};

interface Task {
  readonly session: string;
  readonly task: RowTask;
}

/**
 * One tab stop: the list keeps the focus and names its current row, so that rows out of sight need not be drawn. Keys act on
 * that row.
 */
export function SessionList({ sessions, linked, canReveal, actions }: ListProps) {
  const { scale, comfortable } = usePalette();
  const prefix = useId();
  const [chosen, setChosen] = useState<string | null>(null);
  const [task, setTask] = useState<Task | null>(null);
  const found = sessions.findIndex(({ id }) => id === chosen);
  const index = Math.max(0, found);
  const current = sessions[index];
  const deleted = sessions.findIndex(({ id }) => task?.task === 'delete' && task.session === id);
  const [grid, view] = useRowWindow({
    count: sessions.length,
    rowPx: (comfortable ? comfortableRowPx : rowPx) * scale,
    tall: deleted < 0 ? null : { index: deleted, extraPx: (widthPx) => questionPx(widthPx, scale) },
  });

  const { reveal } = view;
  useEffect(() => {
    if (deleted >= 0) reveal(deleted);
  }, [deleted, reveal]);

  const begin = (session: SessionSummary, next: RowTask | 'left' | null) => {
    setTask(next === null || next === 'left' ? null : { session: session.id, task: next });
    // A menu gives the focus back by itself, to where it was opened from.
    if (next === null) grid.current?.focus();
  };
  const act = (key: string, session: SessionSummary): boolean => {
    if (!linked) return false;
    if (key === 'Enter') actions.replay(session);
    else if (key === 'F2') begin(session, 'rename');
    else if (key === 'p' || key === 'P') actions.togglePin(session);
    else if (key === 'Delete' && !session.isRecording) begin(session, 'delete');
    else if (key === 'ContextMenu') begin(session, 'menu');
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || current === undefined) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    const key = event.shiftKey && event.key === 'F10' ? 'ContextMenu' : event.key;
    if (step === undefined) {
      if (act(key, current)) event.preventDefault();
      return;
    }
    event.preventDefault();
    const next = step(index, sessions.length - 1);
    setChosen(sessions[next]?.id ?? null);
    reveal(next);
  };

  const drawn = sessions.flatMap((session, at) =>
    (at >= view.first && at < view.end) || at === index ? [{ session, at }] : [],
  );
  return (
    <div
      ref={grid}
      className="sessions-list"
      role="grid"
      aria-label="Recorded sessions"
      aria-rowcount={sessions.length}
      aria-activedescendant={current === undefined ? undefined : prefix + current.id}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div className="sessions-rows" role="rowgroup" style={{ height: view.totalPx }}>
        {drawn.map(({ session, at }) => (
          <SessionRow
            key={session.id}
            id={prefix + session.id}
            session={session}
            index={at}
            top={view.topOf(at)}
            isCurrent={at === index}
            task={task?.session === session.id ? task.task : null}
            linked={linked}
            canReveal={canReveal}
            actions={actions}
            onPress={() => setChosen(session.id)}
            onTask={(next) => begin(session, next)}
          />
        ))}
      </div>
    </div>
  );
}
