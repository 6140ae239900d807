import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { noValue } from '../../format/digits.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatBytes, formatCount, formatRate } from '../../format/quantity.ts';
import type { Fact } from '../../widgets/Facts.tsx';
import { Facts } from '../../widgets/Facts.tsx';
import { IconButton } from '../../widgets/IconButton.tsx';
import { useEscape } from '../../widgets/useEscape.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import type { ClientRow } from './clientColumns.tsx';
import { userOf } from './clientColumns.tsx';
import { markOf, stateWords, transportNames } from './clientFigures.ts';

function factsOf({ connection, recordsPerSec }: ClientRow): readonly Fact[] {
  const { channels, channelNames, address } = connection;
  const more = channels - channelNames.length;
  const names = more > 0 ? [...channelNames, `and ${formatCount(more)} more`] : channelNames;
  return [
    ['User', userOf(connection)],
    ...(address === null ? [] : [['Address', address] as const]),
    ['Connected', formatDuration(connection.connectedMs)],
    ['Asked for', ofRate(connection.ratePerSec)],
    ['Sent', ofRate(recordsPerSec)],
    ['Records', formatCount(connection.recordsSent)],
    ['Unread', formatBytes(connection.unreadBytes)],
    ['Conflated', formatCount(connection.conflated)],
    ['Channels', names.length === 0 ? 'none' : names.join(', ')],
  ];
}

function ofRate(perSec: number | null): string {
  return perSec === null ? noValue : `${formatRate(perSec)} /s`;
}

interface ClientDetailsProps {
  /** Null: the connection has ended. */
  readonly row: ClientRow | null;
  readonly id: string;
  readonly onClose: () => void;
}

/** All that is known of one connection, also what a narrow table has no column for. */
export function ClientDetails({ row, id, onClose }: ClientDetailsProps) {
  const box = useRef<HTMLElement>(null);
  useEscape(box, onClose);
  useEffect(() => {
    // Newer browsers answer with a promise, which is no clean-up.
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [id]);
  return (
    <section
      ref={box}
      className="client-details"
      aria-label="Details of the connection"
      data-stale={row?.isStale === true}
    >
      <h3>
        {row === null ? 'Connection' : transportNames[row.connection.transport]}{' '}
        <span className="client-id">{id}</span>
        <IconButton icon={X} label="Close the details" onClick={onClose} />
      </h3>
      {row === null ? (
        <p className="client-state">
          <ValidityMark state="disconnected" label={null} />
          This connection has ended.
        </p>
      ) : (
        <>
          <p className="client-state" data-state={row.connection.state}>
            <ValidityMark state={markOf(row.connection.state, row.isStale)} label={null} />
            {row.isStale
              ? 'As it was when the gateway was last heard.'
              : stateWords[row.connection.state]}
          </p>
          <Facts facts={factsOf(row)} />
        </>
      )}
    </section>
  );
}
