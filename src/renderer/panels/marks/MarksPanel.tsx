import { useEffect, useMemo, useRef, useState } from 'react';
import type { Mark, MarkList } from '../../../shared/marks.ts';
import { formatCount } from '../../format/quantity.ts';
import { useHostStatus, useMarkList } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import type { PanelMessageProps } from '../../widgets/PanelMessage.tsx';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { useRowFocus } from '../../widgets/rowFocus.ts';
import { useMarkRefusal } from '../../workspace/addMark.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { useReplayControl } from '../../workspace/replay/replayControl.ts';
import { useReplay } from '../../workspace/replay/useReplay.ts';
import { useHostStep, useLinked } from '../../workspace/session.ts';
import { AddMarkField } from './AddMarkField.tsx';
import { MarkFilter } from './MarkFilter.tsx';
import type { RowTask } from './MarkRow.tsx';
import { MarkRow } from './MarkRow.tsx';
import type { MarkOptions } from './markRows.ts';
import { computeMarkRows, parseMarkOptions, rowAt } from './markRows.ts';
import { jumpTime, markDate, markLength } from './markWords.ts';
import type { MarkActions } from './useMarkActions.ts';
import { useMarkActions } from './useMarkActions.ts';
import './marks.css';

const firstRows = 80;

interface ListProps {
  readonly list: MarkList;
  readonly rows: readonly Mark[];
  readonly actions: MarkActions;
  readonly openReplay: PanelProps['openReplay'];
}

/** The row that takes the focus when another one goes. */
function neighborOf(rows: readonly Mark[], id: string): string | null {
  const at = rows.findIndex((row) => row.id === id);
  return (rows[at + 1] ?? rows[at - 1])?.id ?? null;
}

function focusRow(list: HTMLElement | null, id: string | null): void {
  if (id === null) return;
  list?.querySelector<HTMLElement>(`[data-row-key="${id}"]`)?.focus();
}

function Rows({ list, rows, actions, openReplay }: ListProps) {
  const replay = useReplay();
  const control = useReplayControl();
  const status = useHostStatus();
  const linked = useLinked();
  // Seconds are fine enough to say where it stands.
  const now = useHostStep(1000);
  const element = useRef<HTMLUListElement>(null);
  const [task, setTask] = useState<{ readonly id: string; readonly task: RowTask } | null>(null);
  const rowProps = useRowFocus(rows.map(({ id }) => id));
  const isReplay = replay !== null;
  const current = isReplay ? rowAt(rows, now + 999) : null;
  const isRecording = !isReplay && list.session === (status?.recording.session ?? null);
  const { session } = list;
  const jump = (mark: Mark) => {
    setTask(null);
    if (isReplay) control.seek(jumpTime(mark));
    else if (session !== null) {
      void openReplay({ session, at: jumpTime(mark), where: 'newWindow' });
    }
  };
  const remove = (mark: Mark) => {
    const neighbor = neighborOf(rows, mark.id);
    const hadFocus = element.current?.contains(document.activeElement) === true;
    void actions.remove(mark);
    if (hadFocus) focusRow(element.current, neighbor);
  };
  const choose = (mark: Mark, next: RowTask | 'left' | null) => {
    setTask(next === null || next === 'left' ? null : { id: mark.id, task: next });
    if (next === null && element.current?.contains(document.activeElement) === true) {
      focusRow(element.current, mark.id);
    }
  };
  return (
    <ul ref={element} className="marks-list" aria-label="Marks" data-row-list>
      {rows.map((mark) => (
        <MarkRow
          key={mark.id}
          mark={mark}
          length={markLength(mark, isRecording)}
          date={markDate(mark, now)}
          isCurrent={mark.id === current}
          isReplay={isReplay}
          linked={linked}
          task={task?.id === mark.id ? task.task : null}
          rowProps={rowProps(mark.id)}
          onTask={(next) => choose(mark, next)}
          onJump={() => jump(mark)}
          onChange={(note) => void actions.change(mark, note)}
          onRemove={() => remove(mark)}
        />
      ))}
    </ul>
  );
}

function emptyWords(list: MarkList, isReplay: boolean, isFiltered: boolean): PanelMessageProps {
  if (isFiltered && list.marks.length > 0) return { title: 'No mark fits the filter' };
  if (isReplay) {
    return {
      title: 'This session has no marks',
      text: 'M marks the place where the replay stands.',
    };
  }
  return {
    title: 'No marks yet',
    text: 'Gaps, resyncs, lost connections and large moves are marked by themselves; M marks the present moment.',
  };
}

function Marks({ list, props }: { readonly list: MarkList; readonly props: PanelProps }) {
  const { savedOptions, saveOptions, openReplay } = props;
  const actions = useMarkActions();
  const linked = useLinked();
  const isReplay = useReplay() !== null;
  const [options, setOptions] = useState(() => parseMarkOptions(savedOptions));
  const [text, setText] = useState('');
  const [limit, setLimit] = useState(firstRows);
  // Another session, another list.
  useEffect(() => setLimit(firstRows), [list.session]);
  const { rows, more, counts } = useMemo(
    () => computeMarkRows(list.marks, options, text, limit),
    [list, options, text, limit],
  );
  const change = (next: MarkOptions) => {
    setOptions(next);
    saveOptions(next);
  };
  const isFiltered = options.kinds.length > 0 || text !== '';
  return (
    <div className="marks">
      <AddMarkField actions={actions} canAdd={linked} />
      <MarkFilter
        options={options}
        counts={counts}
        text={text}
        onOptions={change}
        onText={setText}
      />
      {linked ? null : (
        <p className="marks-line">No connection to the engine: the list may be old.</p>
      )}
      {rows.length === 0 ? (
        <PanelMessage {...emptyWords(list, isReplay, isFiltered)} />
      ) : (
        <Rows list={list} rows={rows} actions={actions} openReplay={openReplay} />
      )}
      {more === 0 ? null : (
        <p className="marks-line">
          <Button look="bare" size="small" onClick={() => setLimit(limit + firstRows)}>
            Show older, {formatCount(more)} more
          </Button>
        </p>
      )}
      {list.dropped === 0 ? null : (
        <p className="marks-line">
          {formatCount(list.dropped)} automatic marks more were not kept: there were too many.
        </p>
      )}
      <p className="visually-hidden" role="status">
        {isFiltered ? `${formatCount(rows.length + more)} marks fit` : ''}
      </p>
    </div>
  );
}

/** Places in the session worth going back to; what is recorded now, or what this window replays. */
export function MarksPanel(props: PanelProps) {
  const list = useMarkList();
  const linked = useLinked();
  const refusal = useMarkRefusal();
  if (list === null) {
    return (
      <PanelMessage
        mark={linked ? 'connecting' : 'disconnected'}
        title={linked ? 'Waiting for the marks' : 'No connection to the engine'}
        text="Marks are listed as soon as the engine reports, within a second."
      />
    );
  }
  if (list.session === null) {
    return (
      <PanelMessage
        title={refusal === null ? 'Nothing is recorded' : 'No marks here'}
        text={
          refusal ??
          'Marks belong to a recorded session. Start recording, or replay a session that was recorded.'
        }
        action={
          <Button size="small" onClick={() => props.openPanel('sessions')}>
            Sessions
          </Button>
        }
      />
    );
  }
  return <Marks list={list} props={props} />;
}
