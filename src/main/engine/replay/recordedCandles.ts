import type { CandleInterval, EpochMs, Instrument } from '../../../shared/market.ts';
import { candleIntervalMs } from '../../../shared/market.ts';
import type { CandlePage, CandleValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { mergeCandleLists } from '../consolidated/mergeCandles.ts';
import type { Core } from '../core.ts';
import { DecodeError } from '../errors.ts';
import { gapsOf, toCandleValue } from '../hosting/candleHistory.ts';
import type { CandleHistory } from '../hosting/runningEngine.ts';
import type { RecordedCandle } from '../hosting/venueRecordingContract.ts';
import type { RecordedHistory, RecordingReader } from '../recording/recordingReader.ts';
import { createVenue } from '../venues/registry.ts';
import type { Venue, VenueCandle } from '../venues/venue.ts';
import type { OwnFigures } from './ownFigures.ts';

/** Pages of before, and of after, that are looked through for one answer, the nearest first. */
const maxPages = 200;
/** A page that came later tells of bars of before as well. */
const aheadMs = 30 * 60_000;

export interface RecordedCandleSource {
  readonly core: Core;
  readonly reader: RecordingReader;
  readonly now: EpochMs;
}

/**
 * Bars from before the replay's position: those that the engine holds, and before them the pages that the live windows asked
 * for around it. A bar that was not over when its page came is left out: how it ended lies in the future of that page. So is
 * one of a later page that was not over at the position: it would tell the future of the replay.
 */
export async function loadRecordedCandles(
  history: CandleHistory,
  source: RecordedCandleSource,
): Promise<CandlePage> {
  const { market, venue, interval, limit } = history;
  const { core, now } = source;
  const listed = core.view.instrumentsOf(market);
  const wanted = listed.filter((each) => venue === null || each.venue === venue);
  const pages = await readPages(source);
  const parts = wanted.map((instrument) =>
    partOf(instrument, { interval, pages, now }, core.candles(instrument.id, interval)),
  );
  const before = Math.min(history.before ?? Infinity, now);
  const known = mergeParts(parts).filter(({ openTime }) => openTime < before);
  const isPaged = parts.some(({ hasPages }) => hasPages);
  return {
    ...{ market, venue, interval },
    candles: known.slice(-limit),
    gaps: gapsOf(wanted, core.view),
    complete: known.length <= limit,
    problem: known.length > 0 ? null : nothingKnown(wanted.length > 0, interval),
    without: parts
      .filter(({ bars, hasPages }) => bars.length === 0 || (isPaged && !hasPages))
      .map((part) => part.venue),
  };
}

export interface VenueCandleRequest {
  readonly interval: CandleInterval;
  readonly before: EpochMs | null;
  /** What its stream said last where it is away: how bars went on after that is not known. Null: it is there. */
  readonly silentSince: EpochMs | null;
}

/** Bars of one instrument as its venue alone would have told them at this moment; none from before a missing one. */
export async function loadVenueCandles(
  instrument: Instrument,
  { interval, before, silentSince }: VenueCandleRequest,
  source: RecordedCandleSource & { readonly figures: OwnFigures },
): Promise<readonly RecordedCandle[]> {
  const { core, now, figures } = source;
  const pages = await readPages(source);
  const held = core
    .candles(instrument.id, interval)
    .filter(({ openTime }) => openTime + candleIntervalMs[interval] <= (silentSince ?? Infinity));
  const { bars } = partOf(instrument, { interval, pages, now }, held);
  const own = bars.filter(({ origin }) => origin === 'venue');
  const whole = unbrokenBars(own, { lengthMs: candleIntervalMs[interval], before, now });
  const paged = pagedFigures(instrument, { interval, pages, now });
  return whole.map((bar) => ({
    ...bar,
    ownFigures: figures.of(instrument, interval, bar) ?? paged(bar),
  }));
}

/** What pages of history say of a bar beside its prices, where they say the same of these. */
function pagedFigures(
  instrument: Instrument,
  { interval, pages, now }: RecordedPages,
): (bar: CandleValue) => readonly string[] | null {
  const known = new Map<EpochMs, VenueCandle[]>();
  for (const bar of pagedBars(instrument, { interval, pages, now })) {
    known.set(bar.openTime, [...(known.get(bar.openTime) ?? []), bar]);
  }
  return ({ openTime, volume }) => {
    const same = known.get(openTime)?.find((bar) => Number(bar.volume) === volume);
    return same?.ownFigures === undefined || same.ownFigures.length === 0 ? null : same.ownFigures;
  };
}

interface BarSpan {
  readonly lengthMs: number;
  readonly before: EpochMs | null;
  readonly now: EpochMs;
}

/** A program cannot see that a bar is missing: what lies behind a hole is left out, all of it where the newest is missing. */
export function unbrokenBars(
  bars: readonly CandleValue[],
  { lengthMs, before, now }: BarSpan,
): readonly CandleValue[] {
  const limit = Math.min(before ?? Infinity, now + 1);
  const wanted = bars.filter(({ openTime }) => openTime < limit);
  const next = (wanted.at(-1)?.openTime ?? -Infinity) + lengthMs;
  // Of the bar that is still open at this moment a venue may have said nothing yet.
  if (next < limit && next + lengthMs <= now) return [];
  const broken = wanted
    .slice(0, -1)
    .findLastIndex(({ openTime }, index) => wanted[index + 1]?.openTime !== openTime + lengthMs);
  return wanted.slice(broken + 1);
}

/** Bars of before rest on those venues alone that have pages, from where all of these begin. */
function mergeParts(parts: readonly VenuePart[]): readonly CandleValue[] {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first.bars;
  const begins = parts.flatMap(({ bars, hasPages }) =>
    hasPages && bars[0] !== undefined ? [bars[0].openTime] : [],
  );
  const from = Math.max(Number.NEGATIVE_INFINITY, ...begins);
  return mergeCandleLists(parts.map(({ bars }) => bars.filter(({ openTime }) => openTime >= from)));
}

function nothingKnown(isListed: boolean, interval: CandleInterval): string {
  return isListed
    ? `No ${interval} candles of before were recorded: nobody looked at them then.`
    : 'No venue of this recording lists this market.';
}

async function readPages({
  reader,
  now,
}: RecordedCandleSource): Promise<readonly RecordedHistory[]> {
  try {
    const before = await reader.histories(now, maxPages);
    const after = await reader.historiesAfter(now, now + aheadMs, maxPages);
    const away = ({ time }: RecordedHistory): number => Math.abs(time - now);
    return [...before, ...after].sort((a, b) => away(a) - away(b));
  } catch {
    // Where pages cannot be read there are the engine's own bars; the player says what is damaged.
    return [];
  }
}

interface VenuePart {
  readonly venue: VenueId;
  /** Oldest first. */
  readonly bars: readonly CandleValue[];
  readonly hasPages: boolean;
}

interface RecordedPages {
  readonly interval: CandleInterval;
  readonly pages: readonly RecordedHistory[];
  readonly now: EpochMs;
}

/** The venue's own word on a bar counts more than what trades made of it. */
function partOf(
  instrument: Instrument,
  { interval, pages, now }: RecordedPages,
  held: readonly CandleValue[],
): VenuePart {
  const byTime = new Map<EpochMs, CandleValue>();
  for (const bar of pagedBars(instrument, { interval, pages, now })) {
    if (byTime.has(bar.openTime)) continue;
    byTime.set(bar.openTime, { ...toCandleValue(bar), closed: true });
  }
  const hasPages = byTime.size > 0;
  for (const bar of held) {
    if (bar.origin === 'venue' || !byTime.has(bar.openTime)) byTime.set(bar.openTime, bar);
  }
  const bars = [...byTime.values()].sort((a, b) => a.openTime - b.openTime);
  return { venue: instrument.venue, bars, hasPages };
}

/** Bars that were over when their page came, and are at this moment. */
function* pagedBars(
  instrument: Instrument,
  { interval, pages, now }: RecordedPages,
): Generator<VenueCandle> {
  const venue = createVenue(instrument.venue);
  const isOurs = pathsOf(venue, instrument, interval);
  for (const { time, answer } of pages) {
    if (answer.venue !== venue.id || !isOurs(answer.path)) continue;
    for (const bar of readPage(venue, answer.body, interval)) {
      if (bar.openTime + candleIntervalMs[interval] <= Math.min(time, now)) yield bar;
    }
  }
}

function readPage(venue: Venue, body: string, interval: CandleInterval): readonly VenueCandle[] {
  try {
    return venue.rest.readCandles(body, interval);
  } catch (error) {
    // The live run could not read it either.
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

/** Whether an address asks for these bars, whatever its time and number of them. */
function pathsOf(
  venue: Venue,
  { venueSymbol }: Instrument,
  interval: CandleInterval,
): (path: string) => boolean {
  const request = { venueSymbol, interval, from: null, before: null, limit: 1 };
  const plain = venue.rest.candles(request);
  const other = venue.rest.candles({ ...request, from: 0, before: 1, limit: 2 });
  if (plain === null || other === null) return () => false;
  const fixed = parametersOf(plain.path);
  for (const [name, value] of parametersOf(other.path)) {
    if (fixed.get(name) !== value) fixed.delete(name);
  }
  const [address] = plain.path.split('?');
  return (path) => {
    if (path.split('?')[0] !== address) return false;
    const asked = parametersOf(path);
    return [...fixed].every(([name, value]) => asked.get(name) === value);
  };
}

function parametersOf(path: string): Map<string, string> {
  return new Map(new URLSearchParams(path.split('?')[1] ?? ''));
}
