import type { ControlCommand } from '../control.ts';
import { Random } from '../market/random.ts';
import type { SimVenueId } from '../market/venueProfiles.ts';

export interface ScheduledFault {
  readonly atMs: number;
  readonly command: ControlCommand;
}

export interface ScheduleScope {
  readonly venues: readonly SimVenueId[];
  readonly markets: readonly string[];
  readonly durationMs: number;
  /** Mean time between two faults; 2 s unless given. */
  readonly everyMs?: number;
}

interface Draw {
  readonly venue: SimVenueId;
  readonly market: string;
  readonly random: Random;
  /** Whole, from `low` to `high`. */
  between(low: number, high: number): number;
}

/** A fault that comes in steps. */
type Course = readonly ScheduledFault[];

const passingForms = [
  'malformed',
  'truncated',
  'nullFields',
  'number',
  'unknown',
  'extra',
  'extraInside',
  'missing',
  'empty',
  'hugeNumber',
  'negative',
] as const;
/** Levels that every client must refuse, or that change nothing. */
const passingLevels = [
  'zeroPrice',
  'negativeSize',
  'hugeSize',
  'absentDelete',
  'unsorted',
  'crossed',
] as const;

/**
 * Faults after which a correct client has the truth again, or knows and says that it has not. Not among them is what nobody
 * could know of at once, so that it is silent by nature:
 * - `loseDeletes`, and `alterLevel` with a wrong size, best or locked price: a ghost below the best price contradicts nothing
 *   that the venue sends, and one at the top is known only with the second of the venue's own best prices after it;
 * - `frozen`: values that come with the time of now look like a calm market;
 * - a single trade of Bybit that never came: see `revealed`;
 * - trades of Bybit that were under way for seconds when their socket ended: a gap begins when the last one was received;
 * - the end of a halt (`symbol`): only the venue's list tells it, and that is asked for once an hour.
 */
const makers: readonly ((draw: Draw) => ControlCommand | Course | undefined)[] = [
  ({ venue, market, between }) => ({ type: 'dropDiff', venue, market, count: between(1, 20) }),
  ({ venue, between }) => ({ type: 'dropDiff', venue, count: between(1, 5) }),
  ({ venue, market, between }) =>
    venue === 'bybit'
      ? undefined
      : { type: 'dropFrame', venue, market, kind: 'trade', count: between(1, 4) },
  ({ venue, between }) => ({ type: 'duplicateFrame', venue, count: between(1, 50) }),
  ({ venue, market, between }) => ({
    type: 'reorderFrame',
    venue,
    market,
    ...revealed(venue),
    count: between(1, 5),
  }),
  ({ venue, market, between }) => ({ type: 'replayFrame', venue, market, count: between(1, 5) }),
  ({ venue, market, between }) => ({
    type: 'delayFrame',
    venue,
    market,
    ...revealed(venue),
    count: between(1, 3),
    delayMs: between(50, 3000),
  }),
  ({ venue, between }) => ({
    type: 'delay',
    venue,
    delayMs: between(50, 600),
    jitterMs: between(0, 600),
    durationMs: between(1000, 6000),
  }),
  ({ venue, between, random }) => ({
    type: 'corruptFrame',
    venue,
    form: pick(random, passingForms),
    count: between(1, 5),
    ...revealed(venue),
  }),
  ({ venue, market, between }) => ({
    type: 'silence',
    venue,
    market,
    durationMs: between(500, 8000),
  }),
  ({ venue, between }) => ({ type: 'silence', venue, durationMs: between(500, 12_000) }),
  ({ venue, random }) => ({
    type: 'close',
    venue,
    code: pick(random, [1000, 1001, 1008, 1011, 4004, 4005]),
  }),
  ({ venue }) => ({ type: 'reset', venue }),
  ({ venue }) => ({ type: 'reset', venue }),
  ({ venue, between }) => ({ type: 'refuse', venue, durationMs: between(500, 5000) }),
  ({ venue, between, random }) => ({
    type: 'refuse',
    venue,
    status: pick(random, [429, 503]),
    durationMs: between(500, 4000),
  }),
  ({ venue, between }) => ({
    type: 'refuse',
    venue,
    what: 'request',
    status: 500,
    durationMs: between(500, 6000),
  }),
  ({ venue, between }) => ({ type: 'flap', venue, count: between(1, 4) }),
  ({ venue }) => ({ type: 'halfOpen', venue }),
  ({ venue, between, random }) =>
    venue === 'bybit'
      ? undefined
      : {
          type: 'shutdown',
          venue,
          leadMs: between(0, 8000),
          end: pick(random, ['close', 'cut']),
        },
  ({ venue, between }) => ({
    type: 'refuse',
    venue,
    status: 429,
    retryAfterSec: between(1, 10),
    durationMs: between(500, 4000),
  }),
  ({ venue, between }) => ({
    type: 'refuse',
    venue,
    what: 'request',
    how: 'hang',
    durationMs: between(500, 4000),
  }),
  ({ venue, between }) => ({
    type: 'refuse',
    venue,
    what: 'handshake',
    how: 'hang',
    durationMs: between(500, 4000),
  }),
  ({ venue, market, between, random }) => ({
    type: 'alterLevel',
    venue,
    market,
    form: pick(random, passingLevels),
    count: between(1, 3),
  }),
  ({ venue, between, random }) => ({
    type: 'historyAnswer',
    venue,
    form: pick(random, ['reversed', 'repeated']),
    durationMs: between(1000, 10_000),
  }),
  ({ venue, between, random }) => ({
    type: 'timeUnit',
    venue,
    unit: pick(random, ['us', 's', 'zero']),
    durationMs: between(200, 3000),
  }),
  ({ venue, market }) => ({ type: 'tickSize', venue, market, decimals: 0 }),
  ({ venue, between }) => ({
    type: 'ack',
    venue,
    form: 'delay',
    delayMs: between(100, 3000),
    count: between(1, 3),
  }),
  ({ venue, between }) => ({ type: 'ack', venue, form: 'lose', count: between(1, 2) }),
  ({ venue }) => ({ type: 'ack', venue, form: 'duplicate', count: 3 }),
  ({ venue }) => ({ type: 'ack', venue, form: 'wrongId', count: 1 }),
  ({ venue, between }) => ({ type: 'ack', venue, form: 'reorder', count: 2 * between(1, 3) }),
  ({ venue }) => ({ type: 'ack', venue, form: 'unknownCode' }),
  ({ venue, between }) => ({ type: 'ack', venue, form: 'alreadySubscribed', count: between(1, 3) }),
  ({ venue, between }) => ({
    type: 'pong',
    venue,
    form: 'delay',
    delayMs: between(100, 5000),
    durationMs: 20_000,
  }),
  ({ venue, between }) => ({
    type: 'rejectTopic',
    venue,
    every: 7,
    durationMs: between(1000, 5000),
  }),
  ({ venue, between }) => ({ type: 'keepSubscribed', venue, durationMs: between(1000, 8000) }),
  ({ venue, between }) => ({
    type: 'slowAnswer',
    venue,
    delayMs: between(200, 5000),
    durationMs: between(1000, 8000),
  }),
  ({ venue, between }) => ({ type: 'staleSnapshot', venue, count: between(1, 4) }),
  ({ venue, market }) =>
    venue === 'binance' ? undefined : { type: 'pushBook', venue, market, form: 'snapshot' },
  ({ venue, market }) =>
    venue === 'binance' ? undefined : { type: 'pushBook', venue, market, form: 'restart' },
  ({ venue, market }) =>
    venue === 'okx' ? { type: 'pushBook', venue, market, form: 'keepalive' } : undefined,
  ({ random }) => ({ type: 'checksum', mode: pick(random, ['absent', 'valid', 'zero']) }),
  ({ venue, between }) => ({
    type: 'clockSkew',
    venue,
    offsetMs: between(-2000, 2000),
    durationMs: between(2000, 15_000),
  }),
  ({ venue, market, between }) => ({
    type: 'outlier',
    venue,
    market,
    factor: 10,
    count: between(1, 5),
  }),
  ({ venue, between }) => ({
    type: 'pingFlood',
    venue,
    perSec: between(5, 50),
    durationMs: between(500, 5000),
  }),
  ({ venue, between }) =>
    venue === 'bybit'
      ? undefined
      : fallingBehind(venue, between(4000, 10_000), between(2000, 8000)),
  ({ venue, between, random }) => ({
    type: 'clockSkew',
    venue,
    offsetMs: between(60_000, 600_000) * pick(random, [-1, 1]),
    durationMs: between(2000, 15_000),
  }),
  ({ venue, between }) => ({ type: 'noPings', venue, durationMs: between(5000, 40_000) }),
  ({ between }) => ({ type: 'burst', factor: 10, durationMs: between(200, 1000) }),
];

/** The same seed gives the same faults; none starts in the last tenth. */
export function createFaultSchedule(seed: number, scope: ScheduleScope): readonly ScheduledFault[] {
  const random = new Random(`${seed}:schedule`);
  const faults: ScheduledFault[] = [];
  const endMs = scope.durationMs * 0.9;
  const everyMs = scope.everyMs ?? 2000;
  for (let atMs = random.exponential() * everyMs; atMs < endMs;) {
    const draw: Draw = {
      venue: pick(random, scope.venues),
      market: pick(random, scope.markets),
      random,
      between: (low, high) => low + random.integer(high - low + 1),
    };
    const made = pick(random, makers)(draw);
    if (made !== undefined) {
      const course = 'type' in made ? [{ atMs: 0, command: made }] : made;
      for (const { atMs: afterMs, command } of course) {
        if (atMs + afterMs < endMs) faults.push({ atMs: Math.round(atMs + afterMs), command });
      }
      atMs += random.exponential() * everyMs;
    }
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/** So late in the end that the venue shows another moment than the others do, and never so suddenly that frames stop coming. */
function fallingBehind(venue: SimVenueId, lateMs: number, holdMs: number): Course {
  const stepMs = 500;
  const everyMs = 1000;
  const steps = Math.ceil(lateMs / stepMs);
  return Array.from({ length: steps }, (_, step) => ({
    atMs: step * everyMs,
    command: {
      type: 'delay',
      venue,
      delayMs: stepMs,
      durationMs: (steps - step) * everyMs + holdMs,
    },
  }));
}

/** Bybit's trade ids are not consecutive: of a single trade that never came nobody there could know. */
function revealed(venue: SimVenueId): { readonly kind?: 'diff' } {
  return venue === 'bybit' ? { kind: 'diff' } : {};
}

function pick<Choice>(random: Random, choices: readonly Choice[]): Choice {
  const choice = choices[random.integer(choices.length)];
  if (choice === undefined) throw new RangeError('nothing to choose from');
  return choice;
}
