import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { HostStatus } from '../../../shared/values.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration, formatUptime } from '../../format/duration.ts';
import { formatCount } from '../../format/quantity.ts';
import { formatTime } from '../../format/time.ts';
import type { Fact } from '../../widgets/Facts.tsx';
import { Facts } from '../../widgets/Facts.tsx';

interface TotalsProps {
  readonly health: FeedHealth;
  readonly status: HostStatus | null;
  readonly now: EpochMs;
}

function loopWords(loop: HostStatus['loop']): string {
  if (loop === null) return noValue;
  const blocked =
    loop.blockedTime === null
      ? ''
      : `, stood still ${formatDuration(loop.blockedMs)} at ${formatTime(loop.blockedTime)}`;
  return `p99 ${formatDuration(loop.p99Ms)}${blocked}`;
}

export function totalFacts({ health, status, now }: TotalsProps): readonly Fact[] {
  const sum = (read: (connection: FeedHealth['connections'][number]) => number) =>
    health.connections.reduce((total, connection) => total + read(connection), 0);
  return [
    ['Messages received', formatCount(sum(({ messages }) => messages))],
    ['Messages sent', formatCount(sum(({ sent }) => sent))],
    ['Reconnects', formatCount(health.reconnectsTotal)],
    [
      status?.replay ? 'Recorded for' : 'Uptime',
      formatUptime(status === null ? null : now - status.watchedSince),
    ],
    ['Subscriptions', formatCount(health.streams.length)],
    ['Queued', formatCount(status?.queuedMessages ?? null), 'On the socket with the most'],
    ['Gaps, repaired', `${formatCount(health.gapsTotal)}, ${formatCount(health.gapsRepaired)}`],
    ['Resyncs', formatCount(health.resyncsTotal)],
    ['Decode errors', formatCount(health.decodeErrorsTotal)],
    ['Book levels', formatCount(health.sizes.bookLevels)],
    ['Updates held back', formatCount(health.sizes.heldUpdates), 'Of books without a snapshot'],
    ['Trades kept', formatCount(health.sizes.trades)],
    ['Requests under way', formatCount(health.sizes.requests)],
    ['Engine loop late', loopWords(status?.loop ?? null)],
  ];
}

/** The whole engine in a few figures, under its venues. */
export function TotalsLine(props: TotalsProps) {
  return (
    <section className="health-totals" aria-label="All venues together">
      <Facts facts={totalFacts(props)} />
    </section>
  );
}
