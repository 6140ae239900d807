import type { ConnectionHealth, StreamHealth } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { noValue } from '../../format/digits.ts';
import { formatCountdown, formatDuration, formatSpan } from '../../format/duration.ts';
import { formatCount, formatMs, formatSignedMs } from '../../format/quantity.ts';

function fullestBudget(connections: readonly ConnectionHealth[]): string | null {
  const budgets = connections
    .flatMap((connection) => connection.budgets)
    .toSorted((a, b) => b.used / b.limit - a.used / a.limit);
  const fullest = budgets[0];
  if (fullest === undefined) return null;
  return `${formatCount(fullest.used)} of ${formatCount(fullest.limit)} ${fullest.name}`;
}

/** `1 socket, up 46 min · RTT 41 ms · clock +2.4 ms · 2 of 5 msg/s`. Nothing is said that is not known. */
export function socketWords(connections: readonly ConnectionHealth[], now: EpochMs): string {
  const open = connections.filter((connection) => connection.openedTime !== null);
  const oldest = Math.min(
    ...open.flatMap(({ openedTime }) => (openedTime === null ? [] : [openedTime])),
  );
  const sockets = `${open.length} ${open.length === 1 ? 'socket' : 'sockets'}`;
  const first = open.length === 0 ? 'no socket' : `${sockets}, up ${formatSpan(now - oldest)}`;
  const trips = connections.flatMap(({ roundTripMs }) =>
    roundTripMs === null ? [] : [roundTripMs],
  );
  const offset =
    connections.find(({ clockOffsetMs }) => clockOffsetMs !== null)?.clockOffsetMs ?? null;
  const budget = fullestBudget(connections);
  return [
    first,
    trips.length === 0 ? null : `RTT ${formatDuration(Math.max(...trips))}`,
    offset === null ? null : `clock ${formatSignedMs(offset)}`,
    budget,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

/** The same in few words, where "What happens next" takes the room: `up 46 min, RTT 41 ms`. */
export function shortSocketWords(connections: readonly ConnectionHealth[], now: EpochMs): string {
  const opened = connections.flatMap(({ openedTime }) => (openedTime === null ? [] : [openedTime]));
  const trips = connections.flatMap(({ roundTripMs }) =>
    roundTripMs === null ? [] : [roundTripMs],
  );
  const up = opened.length === 0 ? 'no socket' : `up ${formatSpan(now - Math.min(...opened))}`;
  return trips.length === 0 ? up : `${up}, RTT ${formatDuration(Math.max(...trips))}`;
}

function reasonWords(connection: ConnectionHealth): string {
  switch (connection.reason) {
    case 'backoff':
    case null:
      return '';
    case 'rate-limited':
      return 'Rate limit reached, ';
    case 'banned':
      return 'Banned by the venue, ';
    case 'refused':
      return 'Refused by the venue, ';
    case 'paused':
      return 'Paused, ';
    default:
      return connection.reason satisfies never;
  }
}

export interface LagWords {
  readonly text: string;
  readonly title: string | undefined;
}

/** Nothing arrives before it was sent: a negative lag tells how the clocks differ, and is no lag. */
export function lagWords(lagMs: number | null): LagWords {
  if (lagMs === null || lagMs >= 0) return { text: formatMs(lagMs), title: undefined };
  const title = `Unknown: by its clock the venue sent this later than it arrived (${formatSignedMs(lagMs)})`;
  return { text: noValue, title };
}

/** What a connection that is not live does next, with its time; null while it is live. */
export function connectionNext(connection: ConnectionHealth, now: EpochMs): string | null {
  switch (connection.status) {
    case 'live':
      return null;
    case 'connecting':
      return `Connecting, ${formatDuration(now - connection.since)}`;
    case 'subscribing':
      return `Subscribing, ${formatDuration(now - connection.since)}`;
    case 'reconnecting':
    case 'closed': {
      if (connection.reason === 'paused') return 'Paused by you until you resume it';
      if (connection.nextAttemptTime === null) return `${reasonWords(connection)}no try is planned`;
      const wait = formatCountdown(connection.nextAttemptTime - now);
      const words = `${reasonWords(connection)}next try in ${wait}, attempt ${connection.attempt + 1}`;
      return words.charAt(0).toUpperCase() + words.slice(1);
    }
    default:
      return connection.status satisfies never;
  }
}

/** What a stream in trouble means for the numbers; an en dash while it is well. */
export function streamNext(stream: StreamHealth, now: EpochMs): string {
  switch (stream.status) {
    case 'live':
      return noValue;
    case 'quiet':
      return 'Quiet, the link is proven';
    case 'subscribing':
      return stream.note ?? `Subscribing, ${formatDuration(now - stream.since)}`;
    case 'stale':
      return stream.note ?? 'Not counted in any price';
    case 'resyncing':
      return stream.note ?? 'Left every sum until it is whole again';
    case 'failed':
      return stream.note ?? 'Failed, see Errors';
    default:
      return stream.status satisfies never;
  }
}
