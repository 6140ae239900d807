import type { RecordingList } from '../../../shared/recordings.ts';
import { formatBytes } from '../../format/quantity.ts';

function percentOf(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(100, Math.max(0, (part / whole) * 100));
}

/** What the recordings take of what they may, and what stays however full it is. */
export function QuotaBar({ list }: { readonly list: RecordingList }) {
  const { totalBytes, quotaBytes, freeBytes, sessions, folder } = list;
  const pinnedBytes = sessions.reduce((sum, { pinned, bytes }) => (pinned ? sum + bytes : sum), 0);
  const used = percentOf(totalBytes, quotaBytes);
  const pinned = percentOf(pinnedBytes, quotaBytes);
  const ofPinned = pinnedBytes === 0 ? '' : `, ${formatBytes(pinnedBytes)} pinned`;
  const words = `${formatBytes(totalBytes)} of ${formatBytes(quotaBytes)} used${ofPinned}`;
  const isOver = quotaBytes > 0 && pinnedBytes >= quotaBytes;
  return (
    <div
      className="quota"
      title={`${folder}. The oldest that are not pinned make room for new ones.`}
    >
      <div
        className="quota-bar"
        role="meter"
        aria-label="Space for recordings"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(used)}
        aria-valuetext={`${words}, ${formatBytes(freeBytes)} free on the disk`}
      >
        <span className="quota-pinned" style={{ width: `${pinned}%` }} />
        <span className="quota-used" style={{ width: `${Math.max(0, used - pinned)}%` }} />
      </div>
      <p className="quota-words num" aria-hidden="true">
        <span>{words}</span>
        <span>{formatBytes(freeBytes)} free on the disk</span>
      </p>
      {isOver ? (
        <p className="sessions-problem">
          Pinned sessions alone fill the space: unpin or delete some, or raise it in Settings.
        </p>
      ) : null}
    </div>
  );
}
