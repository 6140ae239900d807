import { useMemo, useState } from 'react';
import type { RecordingList } from '../../../shared/recordings.ts';
import { notRecording } from '../../../shared/recordings.ts';
import { useHostStatus, useRecordingList } from '../../store/hooks.ts';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { Skeleton } from '../../widgets/Skeleton.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { useLinked } from '../../workspace/session.ts';
import { QuotaBar } from './QuotaBar.tsx';
import { RecordingHead } from './RecordingHead.tsx';
import { SessionList } from './SessionList.tsx';
import type { SessionSort } from './sessionRows.ts';
import { computeSessionRows, parseSessionOptions, sessionSorts, sortNames } from './sessionRows.ts';
import { useSessionActions } from './useSessionActions.ts';
import './sessions.css';

/** Fewer are found by looking. */
const searchedFrom = 20;

interface ToolsProps {
  readonly search: string;
  readonly sort: SessionSort;
  readonly found: number;
  readonly onSearch: (text: string) => void;
  readonly onSort: (sort: SessionSort) => void;
}

function Tools({ search, sort, found, onSearch, onSort }: ToolsProps) {
  return (
    <div className="sessions-tools">
      <input
        className="text-input"
        type="search"
        placeholder="Search sessions"
        aria-label="Search sessions"
        value={search}
        onChange={(event) => onSearch(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || search === '') return;
          event.stopPropagation();
          onSearch('');
        }}
      />
      <select
        className="select"
        aria-label="Order of the sessions"
        value={sort}
        onChange={(event) => {
          const chosen = sessionSorts.find((choice) => choice === event.target.value);
          if (chosen !== undefined) onSort(chosen);
        }}
      >
        {sessionSorts.map((choice) => (
          <option key={choice} value={choice}>
            {sortNames[choice]}
          </option>
        ))}
      </select>
      <span className="visually-hidden" role="status">
        {search === '' ? '' : `${found} found`}
      </span>
    </div>
  );
}

function LoadingRows() {
  return (
    <div className="sessions-loading" role="status" aria-label="Sessions are being listed">
      {[18, 24, 16].map((width) => (
        <Skeleton key={width} widthRem={width} />
      ))}
    </div>
  );
}

/** A host without a profile has nowhere to write. */
function hasNoPlace({ folder, quotaBytes, sessions }: RecordingList): boolean {
  return folder === '' && quotaBytes === 0 && sessions.length === 0;
}

function Listed({ list, linked, ...props }: PanelProps & { list: RecordingList; linked: boolean }) {
  const { savedOptions, saveOptions, openReplay, openExport } = props;
  const actions = useSessionActions(openReplay, openExport);
  const [search, setSearch] = useState('');
  const { sort } = useMemo(() => parseSessionOptions(savedOptions), [savedOptions]);
  const hasTools = list.sessions.length > searchedFrom;
  const rows = useMemo(
    () => computeSessionRows(list.sessions, hasTools ? sort : 'newest', hasTools ? search : ''),
    [list.sessions, hasTools, sort, search],
  );
  if (list.sessions.length === 0) {
    return (
      <PanelMessage
        title="Nothing recorded yet"
        text="Record writes down everything that the venues say, so that it can be played again exactly as it was. Recordings can also be imported: press Import, or drop them on the window."
      />
    );
  }
  return (
    <>
      {hasTools ? (
        <Tools
          search={search}
          sort={sort}
          found={rows.length}
          onSearch={setSearch}
          onSort={(next) => saveOptions({ sort: next })}
        />
      ) : null}
      {rows.length === 0 ? (
        <p className="sessions-none">No session fits “{search}”. Esc shows all again.</p>
      ) : (
        <SessionList sessions={rows} linked={linked} canReveal={list.canReveal} actions={actions} />
      )}
    </>
  );
}

/** Everything that was recorded: what is written now, what there is room for, and every session to play again. */
export function SessionsPanel(props: PanelProps) {
  const list = useRecordingList();
  const recording = useHostStatus()?.recording ?? notRecording;
  const linked = useLinked();
  if (list === null && !linked) {
    return (
      <PanelMessage
        mark="disconnected"
        title="No connection to the engine"
        text="Sessions are listed as soon as the engine answers. What it records meanwhile is kept."
      />
    );
  }
  if (list !== null && hasNoPlace(list)) {
    return (
      <PanelMessage
        title="This host keeps no recordings"
        text="It was started without a profile, so it has no folder to write to. Start it with --profile FOLDER, and everything that the venues say is kept there."
      />
    );
  }
  return (
    <div className="sessions">
      <section className="sessions-head" aria-label="Recording">
        {linked ? null : (
          <p className="sessions-problem" role="status">
            <ValidityMark state="disconnected" label={null} />
            No connection to the engine. The list is as it was then; nothing can be done to it now.
          </p>
        )}
        <RecordingHead recording={recording} linked={linked} onFiles={props.importFiles} />
        {list === null ? null : <QuotaBar list={list} />}
      </section>
      {list === null ? <LoadingRows /> : <Listed {...props} list={list} linked={linked} />}
    </div>
  );
}
