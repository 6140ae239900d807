import { isRepaired } from '../../../shared/feedHealth.ts';
import type { Instrument } from '../../../shared/market.ts';
import type { CandlePage, CandleValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { mergeCandleLists } from '../consolidated/mergeCandles.ts';
import type { CoreView } from '../coreView.ts';
import { DecodeError } from '../errors.ts';
import type { HttpOutcome } from '../ports/http.ts';
import type { RestRequest, Venue, VenueCandle } from '../venues/venue.ts';
import type { CandleHistory } from './runningEngine.ts';

export interface CandleHistorySource {
  readonly view: Pick<CoreView, 'clockOf' | 'instrumentsOf' | 'gaps' | 'markets'>;
  venue(id: VenueId): Venue;
  request(venue: VenueId, request: RestRequest, done: (outcome: HttpOutcome) => void): void;
}

/** One page of history from the venues themselves; what a venue could not give is said, and nothing is invented. */
export async function loadCandleHistory(
  history: CandleHistory,
  source: CandleHistorySource,
): Promise<CandlePage> {
  const listed = source.view.instrumentsOf(history.market);
  const wanted = listed.filter(({ venue }) => history.venue === null || venue === history.venue);
  const parts = await Promise.all(
    wanted.map((each) => inTime(each.venue, loadVenue(each, history, source))),
  );
  const problems = parts.flatMap(({ problem }) => problem ?? []);
  if (wanted.length === 0) problems.push(unlistedProblem(source.view));
  return {
    market: history.market,
    venue: history.venue,
    interval: history.interval,
    candles: mergeParts(parts).slice(-history.limit),
    gaps: gapsOf(wanted, source.view),
    complete: parts.every(({ complete }) => complete),
    problem: problems.length === 0 ? null : problems.join(' '),
    without: wanted.flatMap(({ venue }, index) => {
      const part = parts[index];
      return part !== undefined && part.problem !== null && part.candles.length === 0
        ? [venue]
        : [];
    }),
  };
}

/** What a venue lists is not known before it has answered once. */
function unlistedProblem(view: CandleHistorySource['view']): string {
  return view.markets().length === 0
    ? 'The venues have not answered yet; try again when they do.'
    : 'No venue lists this market.';
}

/** A page begins where every venue that has older bars has told them: no bar rests on fewer venues than its neighbors. */
function mergeParts(parts: readonly VenueHistory[]): readonly CandleValue[] {
  const begins = parts.flatMap(({ candles, complete }) =>
    complete || candles.length === 0 ? [] : (candles[0]?.openTime ?? []),
  );
  const from = Math.max(Number.NEGATIVE_INFINITY, ...begins);
  const lists = parts.map(({ candles }) => candles.filter(({ openTime }) => openTime >= from));
  return lists.length === 1 ? (lists[0] ?? []) : mergeCandleLists(lists);
}

interface VenueHistory {
  readonly candles: readonly CandleValue[];
  /** Nothing older exists at the venue. */
  readonly complete: boolean;
  readonly problem: string | null;
}

/** A venue that bans or holds us answers minutes later: what the others have is not kept back for it. */
const patienceMs = 5_000;

function inTime(venue: VenueId, part: Promise<VenueHistory>): Promise<VenueHistory> {
  const problem = `${venueRecord(venue).name} has not answered in time.`;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve({ candles: [], complete: false, problem });
    }, patienceMs);
    void part.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

const maxPages = 5;
/** A bar may begin this much before its venue's clock says so. */
const clockToleranceMs = 2_000;

/** As many of the venue's own pages as fill the one that is asked for. */
async function loadVenue(
  instrument: Instrument,
  history: CandleHistory,
  source: CandleHistorySource,
): Promise<VenueHistory> {
  let candles: readonly CandleValue[] = [];
  for (let page = 0; page < maxPages && candles.length < history.limit; page += 1) {
    const before = candles[0]?.openTime ?? history.before;
    const limit = history.limit - candles.length;
    const part = await loadPage(instrument, { ...history, before, limit }, source);
    candles = [...part.candles, ...candles];
    if (part.complete || part.problem !== null) return { ...part, candles };
  }
  return { candles, complete: false, problem: null };
}

function loadPage(
  instrument: Instrument,
  history: CandleHistory,
  source: CandleHistorySource,
): Promise<VenueHistory> {
  const venue = source.venue(instrument.venue);
  const name = venueRecord(venue.id).name;
  const limit = Math.min(history.limit, venue.rest.maxCandles);
  const { interval, before } = history;
  const { venueSymbol } = instrument;
  const request = venue.rest.candles({ venueSymbol, interval, from: null, before, limit });
  if (request === null) {
    const problem = `${name} has no ${interval} candles; they begin with its trades.`;
    return Promise.resolve({ candles: [], complete: true, problem });
  }
  return new Promise((resolve) => {
    source.request(venue.id, request, (outcome) => {
      if (outcome.type === 'failed') {
        const problem = `${name} did not answer: older bars are without it.`;
        resolve({ candles: [], complete: false, problem });
        return;
      }
      const clock = source.view.clockOf(venue.id);
      if (clock !== null && clock.strayMs !== 0) {
        const problem = `The clock of ${name} is wrong: its bars are left out until it is right.`;
        resolve({ candles: [], complete: false, problem });
        return;
      }
      const part = readVenue(venue, name, history, outcome, limit);
      const latest = clock === null ? Infinity : clock.time + clockToleranceMs;
      resolve({ ...part, candles: part.candles.filter(({ openTime }) => openTime <= latest) });
    });
  });
}

function readVenue(
  venue: Venue,
  name: string,
  history: CandleHistory,
  outcome: Extract<HttpOutcome, { type: 'answered' }>,
  limit: number,
): VenueHistory {
  const verdict = venue.rest.classify(outcome.answer);
  if (verdict.type !== 'ok') {
    return {
      candles: [],
      complete: false,
      problem: `${name} refused its history: older bars are without it.`,
    };
  }
  try {
    const candles = venue.rest
      .readCandles(outcome.answer.body, history.interval)
      .map(toCandleValue);
    const older = candles.filter(({ openTime }) => openTime < (history.before ?? Infinity));
    return { candles: older, complete: older.length < limit, problem: null };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { candles: [], complete: false, problem: `${name} sent a history that cannot be read.` };
  }
}

/** Doubles for drawing: exact sums stay in the engine. */
export function toCandleValue(candle: VenueCandle): CandleValue {
  return {
    openTime: candle.openTime,
    open: Number(candle.open),
    high: Number(candle.high),
    low: Number(candle.low),
    close: Number(candle.close),
    volume: Number(candle.volume),
    quoteVolume: Number(candle.quoteVolume),
    trades: candle.trades ?? 0,
    closed: candle.closed,
    origin: 'venue',
  };
}

/** Unrepaired holes in the trades of one venue. */
function holesOf({ id }: Instrument, view: CandleHistorySource['view']): CandlePage['gaps'] {
  return view.gaps().flatMap((gap) => {
    if (gap.instrument !== id || gap.to === null || isRepaired(gap)) return [];
    if (gap.channel !== 'trade' && gap.channel !== 'candle') return [];
    return [{ from: gap.from, to: gap.to, cause: gap.cause }];
  });
}

/** Holes that all of the venues share: elsewhere the bars rest on those that have trades. */
export function gapsOf(
  instruments: readonly Instrument[],
  view: CandleHistorySource['view'],
): CandlePage['gaps'] {
  const [first, ...others] = instruments.map((instrument) => holesOf(instrument, view));
  return others.reduce(
    (common, own) =>
      common.flatMap((hole) =>
        own.flatMap(({ from, to }) => {
          const shared = { from: Math.max(hole.from, from), to: Math.min(hole.to, to) };
          return shared.from < shared.to ? [{ ...hole, ...shared }] : [];
        }),
      ),
    first ?? [],
  );
}
