import type { RecordingStatus } from '../../shared/recordings.ts';
import type { MarketBeside } from '../../shared/values.ts';
import { formatElapsed } from '../format/duration.ts';
import { formatBytes } from '../format/quantity.ts';
import { useWorkspace } from './dock.ts';
import { useHostNow, useIsRecorded, useSession } from './session.ts';

const recordingWords = {
  recording: 'REC',
  failing: 'REC fails',
  paused: 'REC waits',
  stopped: 'REC off',
  off: 'REC off',
} as const;

function Length({ since }: { readonly since: number }) {
  const now = useHostNow();
  return <b>{formatElapsed(now - since)}</b>;
}

interface EntryProps {
  readonly recording: RecordingStatus;
  readonly linked: boolean;
  /** A replay has a clock of its own, by which a recording that goes on beside it has no length. */
  readonly replayed: boolean;
  readonly beside: MarketBeside | null;
}

/** `live goes on, 3/3 venues`: the market is not what this window shows. */
function besideWords(beside: MarketBeside | null): string {
  if (beside === null) return 'goes on';
  const market = beside.source === 'simulated' ? 'simulation' : 'live';
  return `${market} goes on, ${beside.venuesLive}/${beside.venuesTotal} venues`;
}

/** What lies on the disk is counted now and then, this session as it is written. */
function usedBytes({ totalBytes, bytes }: RecordingStatus): number {
  return Math.max(totalBytes, bytes);
}

function Figures({ recording, linked, replayed, beside }: EntryProps) {
  const { status, since } = recording;
  if (!linked) return <b>not known</b>;
  const isWritten = status === 'recording' || status === 'failing';
  if (replayed && isWritten) return <span>{besideWords(beside)}</span>;
  return (
    <>
      {isWritten && since !== null ? <Length since={since} /> : null}
      {isWritten ? <b className="record-room">{formatBytes(usedBytes(recording))}</b> : null}
    </>
  );
}

/** Whether what is seen now can be played again; leads to everything that was recorded. */
export function RecordingEntry() {
  const workspace = useWorkspace();
  const { status: host, linked } = useSession();
  const replayed = useIsRecorded();
  const recording = host?.recording ?? null;
  if (recording === null) return null;
  const { status, bytes, bytesPerSec, quotaBytes, problem } = recording;
  // A host without a profile could not record anything.
  if (status === 'off' && quotaBytes === 0 && problem === null) return null;
  const isActive = linked && status === 'recording';
  const rate = isActive ? `, ${formatBytes(bytesPerSec)}/s` : '';
  const room = `${formatBytes(usedBytes(recording))} of ${formatBytes(quotaBytes)} used by all recordings`;
  return (
    <span className="status-entry num">
      <button
        type="button"
        className="record"
        title={`${problem ?? `This session ${formatBytes(bytes)}${rate}; ${room}`}. Opens Sessions.`}
        onClick={() => workspace.openPanel('sessions')}
      >
        <span className="record-dot" data-active={isActive} />
        <span className={problem === null ? undefined : 'status-fault'}>
          {recordingWords[status]}
        </span>
        <Figures
          recording={recording}
          linked={linked}
          replayed={replayed}
          beside={host?.beside ?? null}
        />
      </button>
    </span>
  );
}
