import { History, PencilLine, Trash2 } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { useRef, useState } from 'react';
import type { Mark } from '../../../shared/marks.ts';
import { maxMarkText } from '../../../shared/marks.ts';
import { formatDateTime, formatTime, zoneLabel } from '../../format/time.ts';
import { Button } from '../../widgets/Button.tsx';
import { IconButton } from '../../widgets/IconButton.tsx';
import type { RowProps } from '../../widgets/rowFocus.ts';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import { KindIcon } from './KindIcon.tsx';
import { jumpTime, kindNames, markNote, markSpoken } from './markWords.ts';

/** What is being done to one row. */
export type RowTask = 'offer' | 'edit';

export interface MarkRowProps {
  readonly mark: Mark;
  readonly length: string;
  /** Null: of today. */
  readonly date: string | null;
  /** The replay stands here. */
  readonly isCurrent: boolean;
  readonly isReplay: boolean;
  readonly linked: boolean;
  readonly task: RowTask | null;
  readonly rowProps: RowProps;
  /** Null: done with it, and back to the row; `left`: the focus has gone elsewhere. */
  readonly onTask: (task: RowTask | 'left' | null) => void;
  readonly onJump: () => void;
  readonly onChange: (note: string) => void;
  readonly onRemove: () => void;
}

interface NoteProps {
  readonly note: string;
  readonly onChange: (note: string) => void;
  /** `left`: the focus has gone elsewhere by itself. */
  readonly onClose: (how: 'done' | 'left') => void;
}

/** Enter or leaving it keeps what was written, Esc what was there. */
function NoteField({ note, onChange, onClose }: NoteProps) {
  const [text, setText] = useState(note);
  // The focus leaves it too when it is done with.
  const isDone = useRef(false);
  const close = (how: 'done' | 'left', isKept: boolean) => {
    if (isDone.current) return;
    isDone.current = true;
    if (isKept && text.trim() !== note) onChange(text);
    onClose(how);
  };
  return (
    <input
      className="text-input marks-note"
      aria-label="Note"
      value={text}
      maxLength={maxMarkText}
      // The person asked for it with a press.
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      autoFocus
      onChange={(event) => setText(event.target.value)}
      onBlur={() => close('left', true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') close('done', true);
        if (event.key === 'Escape') close('done', false);
      }}
    />
  );
}

function RowButtons({ mark, isReplay, linked, onTask, onJump, onRemove }: MarkRowProps) {
  if (isReplay && mark.kind !== 'user') return null;
  return (
    <span className="marks-actions">
      {isReplay ? null : (
        <IconButton
          icon={History}
          label="Replay from here"
          tabIndex={-1}
          disabled={!linked}
          onClick={onJump}
        />
      )}
      {mark.kind === 'user' ? (
        <>
          <IconButton
            icon={PencilLine}
            label="Edit the note"
            tabIndex={-1}
            disabled={!linked}
            onClick={() => onTask('edit')}
          />
          <IconButton
            icon={Trash2}
            label="Delete the note"
            tabIndex={-1}
            disabled={!linked}
            onClick={onRemove}
          />
        </>
      ) : null}
    </span>
  );
}

/** From a live window a replay opens beside it: that is asked first. */
function Offer({ mark, onJump, onTask }: Pick<MarkRowProps, 'mark' | 'onJump' | 'onTask'>) {
  return (
    <div className="marks-offer">
      <Button
        size="small"
        icon={History}
        // The press that opened it leads on to it.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onClick={onJump}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onTask(null);
        }}
      >
        Replay from here
      </Button>
      <span className="num">in a new window, from {formatTime(jumpTime(mark))}</span>
    </div>
  );
}

export function MarkRow(props: MarkRowProps) {
  const { mark, length, date, isCurrent, isReplay, linked, task, rowProps } = props;
  const { onTask, onJump, onChange, onRemove } = props;
  const isOwn = mark.kind === 'user';
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    rowProps.onKeyDown(event);
    if (!isOwn || !linked || (event.key !== 'Delete' && event.key !== 'F2')) return;
    event.preventDefault();
    if (event.key === 'Delete') onRemove();
    else onTask('edit');
  };
  const press = () => {
    if (!linked) return;
    if (isReplay) onJump();
    else onTask(task === 'offer' ? null : 'offer');
  };
  return (
    <li className="marks-item" data-kind={mark.kind} data-current={isCurrent}>
      <button
        type="button"
        className="marks-row"
        title={`${formatDateTime(mark.time)} ${zoneLabel()}`}
        aria-label={markSpoken(mark, length, date)}
        aria-current={isCurrent ? 'time' : undefined}
        aria-keyshortcuts={isOwn ? 'Enter F2 Delete' : 'Enter'}
        {...(isReplay ? {} : { 'aria-expanded': task === 'offer' })}
        onClick={press}
        {...rowProps}
        onKeyDown={onKeyDown}
      >
        <KindIcon kind={mark.kind} />
        <span className="marks-time num">{formatTime(mark.time)}</span>
        <span className="marks-venue">
          {mark.venue === null ? null : <VenueTag venue={mark.venue} />}
        </span>
        <span className="marks-what">
          <b>{kindNames[mark.kind]}</b>
          {mark.market === null ? null : ` ${mark.market}`}
        </span>
        <span className="marks-length num">{length}</span>
        <span className="marks-date num">{date}</span>
        {task === 'edit' ? null : (
          <span className="marks-text" data-empty={mark.text === ''}>
            <bdi>{markNote(mark)}</bdi>
          </span>
        )}
      </button>
      <RowButtons {...props} />
      {task === 'edit' ? (
        <NoteField
          note={mark.text}
          onChange={onChange}
          onClose={(how) => onTask(how === 'left' ? 'left' : null)}
        />
      ) : null}
      {task === 'offer' && !isReplay ? <Offer mark={mark} onJump={onJump} onTask={onTask} /> : null}
    </li>
  );
}
