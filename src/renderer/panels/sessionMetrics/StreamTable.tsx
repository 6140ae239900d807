import type { StreamMetrics } from '../../../shared/sessionMetrics.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration, formatUptime } from '../../format/duration.ts';
import { formatCount, formatMs, formatRate } from '../../format/quantity.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { streamValidity } from '../../widgets/validity.ts';
import { gapsOf } from './figures.ts';
import { channelOf, gapWords, marketOf } from './metricWords.ts';

const columns = [
  ['Uptime', 'uptime'],
  ['Messages', 'messages'],
  ['msg/s', 'rate'],
  ['Lag p50', 'lag'],
  ['p99 ms', 'lag99'],
  ['Gaps', 'gaps'],
  ['Repaired', 'repaired'],
  ['Lost', 'lost'],
  ['Resyncs', 'resyncs'],
  ['Unreadable', 'decode'],
] as const;

function StreamMark({ status, linked }: { status: StreamMetrics['status']; linked: boolean }) {
  if (status === 'closed') {
    return <i className="metrics-closed" role="img" aria-label="closed" title="closed" />;
  }
  return <ValidityMark state={linked ? streamValidity(status) : 'disconnected'} />;
}

function valuesOf(stream: StreamMetrics): readonly string[] {
  return [
    formatUptime(stream.uptimeMs),
    formatCount(stream.messages),
    stream.status === 'closed' ? noValue : formatRate(stream.messagesPerSec),
    formatMs(stream.lag.p50Ms),
    formatMs(stream.lag.p99Ms),
    formatCount(gapsOf(stream)),
    formatCount(stream.gapsRepaired),
    stream.gapMs > 0 ? formatDuration(stream.gapMs) : noValue,
    formatCount(stream.resyncs),
    formatCount(stream.decodeErrors),
  ];
}

interface StreamTableProps {
  readonly name: string;
  readonly streams: readonly StreamMetrics[];
  readonly linked: boolean;
}

/** The streams of one connection, under its row. */
export function StreamTable({ name, streams, linked }: StreamTableProps) {
  if (streams.length === 0)
    return <p className="metrics-none">Nothing was subscribed on it yet.</p>;
  return (
    <div role="table" aria-label={`Streams of ${name}`} className="metrics-streams">
      <div role="row" className="metrics-stream metrics-head">
        <span role="columnheader" className="metrics-stream-name">
          Stream
        </span>
        {columns.map(([label, key]) => (
          <span key={key} role="columnheader" data-column={key}>
            {label}
          </span>
        ))}
      </div>
      {streams.map((stream) => (
        <div
          key={`${stream.instrument} ${stream.channel} ${stream.interval}`}
          role="row"
          className="metrics-stream"
          data-closed={stream.status === 'closed'}
        >
          <span role="rowheader" className="metrics-stream-name">
            <StreamMark status={stream.status} linked={linked} />
            <b>{marketOf(stream)}</b>
            <small>{channelOf(stream)}</small>
          </span>
          {valuesOf(stream).map((value, index) => {
            const [label, key] = columns[index] ?? ['', ''];
            const title = key === 'gaps' ? gapWords(stream) : '';
            return (
              <span
                key={key}
                role="cell"
                className="num"
                data-column={key}
                data-label={label}
                {...(title === '' ? {} : { title })}
              >
                {value}
              </span>
            );
          })}
        </div>
      ))}
    </div>
  );
}
