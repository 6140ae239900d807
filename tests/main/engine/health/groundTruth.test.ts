import { expect, test } from 'vitest';
import type { ConnectionHealth } from '../../../../src/shared/feedHealth.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

const markets = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'];
const linkMs = 17;
/** A rate is taken over nine whole half seconds and what has begun of the tenth. */
const slotMs = 500;
const slots = 9;

function connectionOf(engine: EngineOnLinks, venue: string): ConnectionHealth {
  const found = engine.view.health().connections.find((each) => each.connection === `${venue}#1`);
  if (found === undefined) throw new Error(`no connection of ${venue}`);
  return found;
}

test('[S0-33] rates are within two percent of what the venues sent, at any moment', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 900, latencyMs: linkMs });
  engine.want(markets);
  engine.run(6_000);
  const sentBy = (venue: VenueId): number =>
    engine.simulator.oracle.counters()[venue]?.messages ?? Number.NaN;
  const moments: (readonly number[])[] = [];
  for (let moment = 0; moment < 30; moment += 1) {
    // What was sent a way ago has just arrived.
    engine.run(slotMs - linkMs);
    moments.push(venueIds.map(sentBy));
    engine.run(linkMs);
    const from = moments.at(-1 - slots);
    if (from === undefined) continue;
    venueIds.forEach((venue, index) => {
      const count = (moments.at(-1)?.[index] ?? Number.NaN) - (from[index] ?? Number.NaN);
      const truth = (count * 1_000) / (slots * slotMs);
      const shown = connectionOf(engine, venue).messagesPerSec;
      expect(truth).toBeGreaterThan(20);
      expect(Math.abs(shown / truth - 1), `${venue} ${shown} ${truth}`).toBeLessThan(0.02);
    });
  }
  engine.close();
});

test('[S0-33] round trips are within two milliseconds of the way there and back', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 200, latencyMs: linkMs });
  engine.want(markets);
  engine.run(45_000, undefined, 5);
  // Bybit and OKX answer our pings on the socket itself.
  for (const venue of ['bybit', 'okx']) {
    const shown = connectionOf(engine, venue).roundTripMs ?? Number.NaN;
    expect(Math.abs(shown - 2 * linkMs), venue).toBeLessThanOrEqual(2);
  }
  engine.close();
});

test('[S0-33] age and reconnects of each socket are what happened to it', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 200, latencyMs: linkMs });
  engine.want(markets);
  engine.run(4_000);
  const before = venueIds.map((venue) => connectionOf(engine, venue));
  engine.control({ type: 'reset', venue: 'bybit' });
  engine.run(4_000);
  const after = venueIds.map((venue) => connectionOf(engine, venue));
  const { clockPort } = engine.links;
  expect(after.map(({ reconnects }) => reconnects)).toEqual([0, 1, 0]);
  after.forEach(({ openedTime }, index) => {
    const isBroken = venueIds[index] === 'bybit';
    const ageMs = clockPort.wallMs() - (openedTime ?? Number.NaN);
    if (isBroken) expect(ageMs).toBeLessThan(4_000);
    else expect(openedTime).toBe(before[index]?.openedTime);
  });
  engine.close();
});
