import { Bookmark, Ellipsis, Pin, Play } from 'lucide-react';
import { useRef } from 'react';
import type { SessionSummary } from '../../../shared/recordings.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatBytes, formatCount } from '../../format/quantity.ts';
import { formatDateTime } from '../../format/time.ts';
import { Button } from '../../widgets/Button.tsx';
import { IconButton } from '../../widgets/IconButton.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { useHostNow, useSession } from '../../workspace/session.ts';
import { DeleteQuestion } from './DeleteQuestion.tsx';
import { RenameField } from './RenameField.tsx';
import { SessionMenu } from './SessionMenu.tsx';
import {
  markWords,
  sessionEnd,
  sessionLengthMs,
  sessionTitle,
  shortTroubleWords,
  sourceWords,
  troubleWords,
} from './sessionWords.ts';
import type { SessionActions } from './useSessionActions.ts';

/** What is being done to one row; the list knows, so that it is one at a time. */
export type RowTask = 'menu' | 'rename' | 'delete';

interface RowProps {
  readonly id: string;
  readonly session: SessionSummary;
  readonly index: number;
  readonly top: number;
  readonly isCurrent: boolean;
  readonly task: RowTask | null;
  readonly linked: boolean;
  readonly canReveal: boolean;
  readonly actions: SessionActions;
  readonly onPress: () => void;
  /** Null: done with it, and back to the list; `left`: the focus has gone elsewhere. */
  readonly onTask: (task: RowTask | 'left' | null) => void;
}

/** Counts on by itself. */
function RunningLength({ session }: { readonly session: SessionSummary }) {
  const { source } = useSession();
  const now = useHostNow();
  if (source?.startsWith('replay:') === true) return 'goes on';
  return formatDuration(sessionLengthMs(session, now));
}

function Words({ session, task, actions, onTask }: RowProps) {
  const title = sessionTitle(session);
  if (task === 'rename') {
    return (
      <RenameField
        name={session.name}
        otherwise={title}
        onRename={(name) => actions.rename(session, name)}
        onClose={(how) => onTask(how === 'left' ? 'left' : null)}
      />
    );
  }
  const trouble = troubleWords(session);
  return (
    <>
      <span className="session-title">
        {session.isRecording ? <span className="sessions-dot" data-active /> : null}
        <bdi title={title}>{title}</bdi>
        {session.pinned ? (
          <Pin size="1.2rem" strokeWidth={2} role="img" aria-label="pinned" />
        ) : null}
        {trouble === null ? null : (
          <span className="session-trouble" title={trouble}>
            <ValidityMark state="error" label={null} />
            {shortTroubleWords(session)}
          </span>
        )}
      </span>
      <span className="session-second num">
        <span className="session-span">
          {session.isRecording ? <span className="session-since">recording since </span> : null}
          {formatDateTime(session.startTime)}
          <span className="session-end">{sessionEnd(session)}</span>
        </span>
        {trouble === null ? null : <bdi className="session-why">{trouble}</bdi>}
      </span>
    </>
  );
}

function Figures({ session }: { readonly session: SessionSummary }) {
  return (
    <>
      <span className="session-length num" role="gridcell">
        {session.isRecording ? (
          <RunningLength session={session} />
        ) : (
          formatDuration(sessionLengthMs(session, null))
        )}
      </span>
      <span className="session-size num" role="gridcell">
        {formatBytes(session.bytes)}
      </span>
      <span
        className="session-marks num"
        role="gridcell"
        aria-label={markWords(session.marks)}
        title={markWords(session.marks)}
      >
        {session.marks === 0 ? null : (
          <>
            <Bookmark size="1.2rem" strokeWidth={2} aria-hidden="true" />
            {formatCount(session.marks)}
          </>
        )}
      </span>
    </>
  );
}

export function SessionRow(props: RowProps) {
  const { id, session, index, top, isCurrent, task, linked, canReveal, actions } = props;
  const { onPress, onTask } = props;
  const menuButton = useRef<HTMLButtonElement>(null);
  const title = sessionTitle(session);
  const isOpening = actions.opening === session.id;
  return (
    <div
      id={id}
      className="session"
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isCurrent}
      style={{ top }}
      onPointerDown={onPress}
    >
      <div
        className="session-row"
        onDoubleClick={() => {
          if (task === null && linked) actions.replay(session);
        }}
      >
        <span className="session-words" role="gridcell">
          <Words {...props} />
        </span>
        <span className="session-source" role="gridcell" data-source={session.source}>
          {sourceWords[session.source]}
        </span>
        <Figures session={session} />
        <span className="session-actions" role="gridcell">
          <Button
            size="small"
            icon={Play}
            tabIndex={-1}
            disabled={!linked || actions.opening !== null}
            aria-label={`Replay ${title} in a new window`}
            onClick={() => actions.replay(session)}
          >
            <span className="session-replay">{isOpening ? 'Opening' : 'Replay'}</span>
          </Button>
          <IconButton
            buttonRef={menuButton}
            icon={Ellipsis}
            label={`Menu of ${title}`}
            tabIndex={-1}
            disabled={!linked}
            aria-haspopup="menu"
            aria-expanded={task === 'menu'}
            onClick={() => onTask(task === 'menu' ? null : 'menu')}
          />
        </span>
      </div>
      {task === 'delete' ? (
        <div role="gridcell">
          <DeleteQuestion
            session={session}
            onDelete={() => actions.remove(session)}
            onClose={() => onTask(null)}
          />
        </div>
      ) : null}
      {task === 'menu' ? (
        <SessionMenu
          anchor={menuButton}
          session={session}
          canReveal={canReveal}
          actions={actions}
          onRename={() => onTask('rename')}
          onDelete={() => onTask('delete')}
          onClose={() => onTask(null)}
        />
      ) : null}
    </div>
  );
}
