import type { KeyboardEvent } from 'react';
import { useState } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import type { ConnectionMetrics, SessionMetrics } from '../../../shared/sessionMetrics.ts';
import { connectionName, uptimeShare } from '../../../shared/sessionMetrics.ts';
import { noValue } from '../../format/digits.ts';
import { formatUptime } from '../../format/duration.ts';
import { formatBytes, formatCount, formatMs } from '../../format/quantity.ts';
import type { RowProps } from '../../widgets/rowFocus.ts';
import { useRowFocus } from '../../widgets/rowFocus.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import type { Validity } from '../../widgets/validity.ts';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import { sum } from './figures.ts';
import { formatShare } from './metricCards.ts';
import { StreamTable } from './StreamTable.tsx';

const columns = [
  ['Uptime', 'uptime'],
  ['Share', 'share'],
  ['Received', 'received'],
  ['Sent', 'sent'],
  ['Subscriptions', 'subscriptions'],
  ['Queued', 'queued'],
  ['Reconnects', 'reconnects'],
  ['Errors', 'errors'],
  ['Bytes', 'bytes'],
  ['RTT p50', 'roundTrip'],
  ['p99 ms', 'roundTrip99'],
] as const;
type ColumnKey = (typeof columns)[number][1];

type Values = Readonly<Record<ColumnKey, string>>;

function percent(share: number | null): string {
  return share === null ? noValue : `${formatShare(share)}%`;
}

function valuesOf(connection: ConnectionMetrics): Values {
  return {
    uptime: formatUptime(connection.uptimeMs),
    share: percent(uptimeShare(connection)),
    received: formatCount(connection.messagesReceived),
    sent: formatCount(connection.messagesSent),
    subscriptions: formatCount(connection.subscriptions),
    queued: formatCount(connection.queuedMessages),
    reconnects: formatCount(connection.reconnects),
    errors: formatCount(connection.errors),
    bytes: formatBytes(connection.bytesReceived),
    roundTrip: formatMs(connection.roundTrip.p50Ms),
    roundTrip99: formatMs(connection.roundTrip.p99Ms),
  };
}

/** Uptimes do not add up; a queue that is not known in one place is not known in all. */
function totalsOf({ connections, roundTrip }: SessionMetrics): Values {
  const count = (read: (each: ConnectionMetrics) => number) => formatCount(sum(connections, read));
  const isQueueKnown = connections.every(({ queuedMessages }) => queuedMessages !== null);
  return {
    uptime: '',
    share: percent(
      uptimeShare({
        uptimeMs: sum(connections, (each) => each.uptimeMs),
        wantedMs: sum(connections, (each) => each.wantedMs),
      }),
    ),
    received: count((each) => each.messagesReceived),
    sent: count((each) => each.messagesSent),
    subscriptions: count((each) => each.subscriptions),
    queued: isQueueKnown ? count((each) => each.queuedMessages ?? 0) : noValue,
    reconnects: count((each) => each.reconnects),
    errors: count((each) => each.errors),
    bytes: formatBytes(sum(connections, (each) => each.bytesReceived)),
    roundTrip: formatMs(roundTrip.p50Ms),
    roundTrip99: formatMs(roundTrip.p99Ms),
  };
}

function Cells({ values }: { readonly values: Values }) {
  return columns.map(([label, key]) => (
    <span key={key} role="gridcell" className="num" data-column={key} data-label={label}>
      {values[key]}
    </span>
  ));
}

function connectionMark({ status }: ConnectionMetrics): Validity {
  if (status === 'live') return 'live';
  return status === 'connecting' || status === 'subscribing' ? 'connecting' : 'disconnected';
}

interface RowEntryProps {
  readonly connection: ConnectionMetrics;
  readonly streams: SessionMetrics['streams'];
  readonly open: boolean;
  readonly linked: boolean;
  readonly onToggle: () => void;
  readonly rowProps: RowProps;
}

function RowEntry(props: RowEntryProps) {
  const { connection, streams, open, linked, onToggle, rowProps } = props;
  const name = connectionName(connection.connection);
  const mark = linked ? connectionMark(connection) : 'disconnected';
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    rowProps.onKeyDown(event);
    const toggles =
      event.key === 'Enter' ||
      event.key === ' ' ||
      (event.key === 'ArrowRight' && !open) ||
      (event.key === 'ArrowLeft' && open);
    if (!toggles || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onToggle();
  };
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <>
      <div
        role="row"
        className="metrics-row"
        aria-level={1}
        aria-expanded={open}
        data-connection={connection.connection}
        onClick={onToggle}
        {...rowProps}
        onKeyDown={onKeyDown}
      >
        <span role="rowheader" className="metrics-name">
          <Chevron size="1.2rem" aria-hidden="true" />
          <ValidityMark state={mark} label={linked ? connection.status : 'disconnected'} />
          <VenueTag venue={connection.venue} />
          <b title={connection.connection}>{name}</b>
        </span>
        <Cells values={valuesOf(connection)} />
      </div>
      {open ? (
        <div role="row" aria-level={2} className="metrics-details">
          <div role="gridcell">
            <StreamTable name={name} streams={streams} linked={linked} />
          </div>
        </div>
      ) : null}
    </>
  );
}

interface ConnectionTableProps {
  readonly metrics: SessionMetrics;
  readonly linked: boolean;
}

/** Connections with their counters; each opens to its streams. */
export function ConnectionTable({ metrics, linked }: ConnectionTableProps) {
  const { connections, streams } = metrics;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const rowProps = useRowFocus(connections.map(({ connection }) => connection));
  const toggle = (name: string) => {
    const next = new Set(opened);
    if (!next.delete(name)) next.add(name);
    setOpened(next);
  };
  return (
    <div
      role="treegrid"
      aria-label="Connections and their streams"
      className="metrics-table"
      data-row-list
    >
      <div role="row" className="metrics-row metrics-head">
        <span role="columnheader" className="metrics-name">
          Connection
        </span>
        {columns.map(([label, key]) => (
          <span key={key} role="columnheader" data-column={key}>
            {label}
          </span>
        ))}
      </div>
      {connections.map((connection) => (
        <RowEntry
          key={connection.connection}
          connection={connection}
          streams={streams.filter((stream) => stream.connection === connection.connection)}
          open={opened.has(connection.connection)}
          linked={linked}
          onToggle={() => toggle(connection.connection)}
          rowProps={rowProps(connection.connection)}
        />
      ))}
      <div role="row" className="metrics-row metrics-total">
        <span role="rowheader" className="metrics-name">
          <b>All</b>
        </span>
        <Cells values={totalsOf(metrics)} />
      </div>
    </div>
  );
}
