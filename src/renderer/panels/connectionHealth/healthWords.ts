import type {
  BudgetHealth,
  CircuitState,
  ConnectionHealth,
  NextStep,
  StreamHealth,
} from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { noValue } from '../../format/digits.ts';
import { formatCountdown, formatDuration, formatSpan } from '../../format/duration.ts';
import { formatBytes, formatCount, formatMs, formatSignedMs } from '../../format/quantity.ts';

/** The requests, which all of a venue share; another budget only when it runs out, so that words hold still. */
function toldBudget(connections: readonly ConnectionHealth[]): string | null {
  const budgets = connections
    .flatMap((connection) => connection.budgets)
    .toSorted((a, b) => b.used / b.limit - a.used / a.limit);
  const fullest = budgets[0];
  if (fullest === undefined) return null;
  const isScarce = fullest.used >= fullest.limit / 2;
  const usual = budgets.filter(({ name }) => name === 'requests');
  const { used, limit, name } = isScarce ? fullest : (usual[0] ?? fullest);
  return `${formatCount(used)} of ${formatCount(limit)} ${name}`;
}

const windowUnits: Readonly<Record<number, string>> = { 1000: 's', 60_000: 'min', 3_600_000: 'h' };

/** `2 of 300 per 5 min`. */
export function budgetWords(budget: BudgetHealth): string {
  const { used, limit, windowMs } = budget;
  const window = windowUnits[windowMs] ?? formatSpan(windowMs);
  return `${formatCount(used)} of ${formatCount(limit)} per ${window}`;
}

/** `+2.4 ± 0.3 ms`; without its error where that is not known. */
export function clockWords(offsetMs: number | null, errorMs: number | null): string {
  if (offsetMs === null) return noValue;
  const offset = formatSignedMs(offsetMs);
  if (errorMs === null) return offset;
  return `${offset.replace(/ ms$/, '')} ± ${Math.max(0.1, errorMs).toFixed(1)} ms`;
}

const stepWords: Readonly<Record<NextStep['action'], string>> = {
  connect: 'Connecting again',
  probe: 'Asking by REST',
  resubscribe: 'Subscribing again',
  replaceSocket: 'Replacing the socket',
  retrySubscription: 'Asking for it again',
  snapshot: 'Fetching a snapshot',
};

/** The step has been taken, and its answer is on its way. */
const waitWords: Readonly<Record<NextStep['action'], string>> = {
  connect: 'Waiting for the connection',
  probe: 'Waiting for the REST answer',
  resubscribe: 'Waiting for the subscription',
  replaceSocket: 'Waiting for the new socket',
  retrySubscription: 'Waiting for the subscription',
  snapshot: 'Waiting for the snapshot',
};

/** `Replacing the socket in 1.6 s`; without a time it waits for an answer. */
export function nextStepWords(next: NextStep, now: EpochMs): string {
  const words = stepWords[next.action];
  if (next.time === null) return waitWords[next.action];
  return next.time <= now ? `${words} now` : `${words} in ${formatCountdown(next.time - now)}`;
}

export const circuitWords: Readonly<Record<CircuitState, string>> = {
  closed: 'closed: requests pass',
  open: 'open: no requests for a minute',
  'half-open': 'half-open: one request decides',
};

/** Of sockets that stand: a round trip of one that is gone is no fact about now. */
function roundTrips(connections: readonly ConnectionHealth[]): readonly number[] {
  return connections.flatMap(({ openedTime, roundTripMs }) =>
    openedTime === null || roundTripMs === null ? [] : [roundTripMs],
  );
}

/** `1 socket, up 46 min · RTT 41 ms · clock +2.4 ms · 2 of 5 msg/s`. Nothing is said that is not known. */
export function socketWords(connections: readonly ConnectionHealth[], now: EpochMs): string {
  const open = connections.filter((connection) => connection.openedTime !== null);
  const oldest = Math.min(
    ...open.flatMap(({ openedTime }) => (openedTime === null ? [] : [openedTime])),
  );
  const sockets = `${open.length} ${open.length === 1 ? 'socket' : 'sockets'}`;
  const first = open.length === 0 ? 'no socket' : `${sockets}, up ${formatSpan(now - oldest)}`;
  const trips = roundTrips(open);
  const clock = connections.find(({ clockOffsetMs }) => clockOffsetMs !== null);
  const bytesPerSec = connections.reduce((total, each) => total + each.bytesPerSec, 0);
  const budget = toldBudget(connections);
  return [
    first,
    trips.length === 0 ? null : `RTT ${formatDuration(Math.max(...trips))}`,
    clock === undefined ? null : `clock ${clockWords(clock.clockOffsetMs, clock.clockErrorMs)}`,
    budget,
    open.length === 0 ? null : `${formatBytes(bytesPerSec)}/s`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

/** The same in few words, where "What happens next" takes the room: `up 46 min, RTT 41 ms`. */
export function shortSocketWords(connections: readonly ConnectionHealth[], now: EpochMs): string {
  const opened = connections.flatMap(({ openedTime }) => (openedTime === null ? [] : [openedTime]));
  const trips = roundTrips(connections);
  const up = opened.length === 0 ? 'no socket' : `up ${formatSpan(now - Math.min(...opened))}`;
  return trips.length === 0 ? up : `${up}, RTT ${formatDuration(Math.max(...trips))}`;
}

function reasonWords(connection: ConnectionHealth): string {
  switch (connection.reason) {
    case 'backoff':
    case null:
      return '';
    case 'rate-limited':
      return 'Rate limit, ';
    case 'banned':
      return 'Banned, ';
    case 'refused':
      return 'Refused, ';
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
      const waitMs = connection.nextAttemptTime - now;
      const wait = waitMs <= 0 ? 'now' : `in ${formatCountdown(waitMs)}`;
      const words = `${reasonWords(connection)}next try ${wait}, attempt ${connection.attempt + 1}`;
      return words.charAt(0).toUpperCase() + words.slice(1);
    }
    default:
      return connection.status satisfies never;
  }
}

/** What holds for a venue whose data flows and is seconds old. */
export const lateNext = 'Arrives seconds late, not counted until it catches up';

/** What a stream in trouble does next, else what it means for the numbers; an en dash while it is well. */
export function streamNext(stream: StreamHealth, now: EpochMs): string {
  if (stream.status === 'live') return noValue;
  if (stream.status === 'quiet') return 'Quiet, the link is proven';
  if (stream.next !== null) return nextStepWords(stream.next, now);
  if (stream.note !== null) return stream.note;
  switch (stream.status) {
    case 'subscribing':
      return `Subscribing, ${formatDuration(now - stream.since)}`;
    case 'stale':
      return 'Not counted in any price';
    case 'resyncing':
      return 'Left every sum until it is whole again';
    case 'failed':
      return 'Failed, see Errors';
    default:
      return stream.status satisfies never;
  }
}
