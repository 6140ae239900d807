import { DecodeError } from '../../src/main/engine/errors.ts';
import { decimalsOf } from '../../src/main/engine/market/instrumentState.ts';
import { Tape } from '../../src/main/engine/tape/tape.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { Venue, VenueRest } from '../../src/main/engine/venues/venue.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { EngineOnLinks } from './engineOnLinks.ts';
import { mutateFrame, seededRandom } from './mutateFrame.ts';

/** Readings of REST bodies, each as it was asked for: read again with another body in its place. */
export type Reading = (rest: VenueRest, body: string) => void;

export interface RestSample {
  readonly venue: VenueId;
  readonly body: string;
  readonly read: Reading;
}

type Around = (venue: VenueId, body: string, read: Reading) => string;

/** The venue, with each REST body passed through `around` before it is read. */
export function withBodies(venue: Venue, around: Around): Venue {
  const { rest } = venue;
  const changed = (body: string, read: Reading): string => around(venue.id, body, read);
  return {
    ...venue,
    rest: {
      ...rest,
      readInstruments: (body, onSkipped) =>
        rest.readInstruments(changed(body, readInstruments), onSkipped),
      readBookSnapshot: (body, decimals) =>
        rest.readBookSnapshot(
          changed(body, (reader, other) => void reader.readBookSnapshot(other, decimals)),
          decimals,
        ),
      readCandles: (body, interval) =>
        rest.readCandles(
          changed(body, (reader, other) => void reader.readCandles(other, interval)),
          interval,
        ),
      readTrades: (body) => rest.readTrades(changed(body, readTrades)),
      readTicker: (body, symbol, instrument) =>
        rest.readTicker(
          changed(body, (reader, other) => void reader.readTicker(other, symbol, instrument)),
          symbol,
          instrument,
        ),
      readServerTime: (body) =>
        rest.readServerTime(changed(body, (reader, other) => void reader.readServerTime(other))),
    },
  };
}

/** What the reader lets through must be good enough for those who use it. */
function readInstruments(rest: VenueRest, body: string): void {
  let told: unknown = null;
  const list = rest.readInstruments(body, (error) => (told = error));
  if (told !== null && !(told instanceof DecodeError)) throw new Error('skipped without a reason');
  for (const instrument of list) mustHold(() => decimalsOf(instrument));
}

function readTrades(rest: VenueRest, body: string): void {
  const tape = new Tape({ instrument: 'binance:BTC-USDT' });
  for (const trade of rest.readTrades(body)) mustHold(() => tape.addFromRest(trade, 0));
}

/** Nothing may be thrown past the reader, not even a `DecodeError`. */
function mustHold(apply: () => unknown): void {
  try {
    apply();
  } catch (error) {
    throw new Error(`accepted by the reader, refused later: ${String(error)}`, { cause: error });
  }
}

/** A short session that loses its connections, so that everything is asked. `around` may break what is answered. */
export function runWithBodies(seconds: number, around: Around): EngineOnLinks {
  const engine = new EngineOnLinks({
    seed: 5,
    messagesPerSec: 200,
    adapt: (venue) => withBodies(venue, around),
  });
  engine.want(
    ['BTC-USDT', 'ETH-USDT'],
    ['BTC-USDT'],
    [{ market: 'BTC-USDT', venue: null, interval: '1m' }],
  );
  for (let second = 0; second < seconds; second += 5) {
    engine.run(5_000);
    for (const venue of ['binance', 'bybit', 'okx'] as const) {
      engine.control({ type: 'close', venue, code: 1006 });
    }
  }
  return engine;
}

export function collectAnswers(): readonly RestSample[] {
  const samples: RestSample[] = [];
  const around: Around = (venue, body, read) => {
    if (body.length < 40_000) samples.push({ venue, body, read });
    return body;
  };
  runWithBodies(10, around).close();
  return samples;
}

/** Throws what is not a `DecodeError`; gives the rejections by their reason. */
export function fuzzAnswers(
  samples: readonly RestSample[],
  count: number,
  seed: number,
): { readonly accepted: number; readonly rejected: ReadonlyMap<string, number> } {
  const random = seededRandom(seed);
  const rejected = new Map<string, number>();
  const rests = new Map<VenueId, VenueRest>();
  let accepted = 0;
  for (let done = 0; done < count; done += 1) {
    const sample = samples[Math.floor(random() * samples.length)];
    if (sample === undefined) break;
    const rest = rests.get(sample.venue) ?? createVenue(sample.venue).rest;
    rests.set(sample.venue, rest);
    const body = mutateFrame(sample.body, random);
    rest.classify({ status: 200, headers: {}, body });
    try {
      sample.read(rest, body);
      accepted += 1;
    } catch (error) {
      if (!(error instanceof DecodeError)) {
        throw new Error(`${sample.venue}: ${body.slice(0, 4_000)}`, { cause: error });
      }
      rejected.set(error.reason, (rejected.get(error.reason) ?? 0) + 1);
    }
  }
  return { accepted, rejected };
}
