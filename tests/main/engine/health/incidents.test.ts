import { expect, test } from 'vitest';
import { Core } from '../../../../src/main/engine/core.ts';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import type { EngineOnLinksOptions } from '../../../support/engineOnLinks.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { IncidentsHeard } from '../../../support/incidentsHeard.ts';
import { throughJson } from '../../../support/throughJson.ts';

const markets = ['BTC-USDT', 'ETH-USDT'];

/** Two markets that have been live for a while. */
function running(options: EngineOnLinksOptions = {}): {
  readonly engine: EngineOnLinks;
  readonly heard: IncidentsHeard;
} {
  const engine = new EngineOnLinks({ messagesPerSec: 200, ...options });
  const heard = new IncidentsHeard(engine);
  engine.want(markets);
  engine.run(15_000);
  return { engine, heard };
}

test('an ordinary start, a pause, a reconnect by hand and an unsubscription are no incidents', () => {
  const { engine, heard } = running();
  engine.shell.command({ type: 'pauseVenue', venue: 'okx' });
  engine.run(5_000);
  engine.shell.command({ type: 'resumeVenue', venue: 'okx' });
  engine.run(5_000);
  engine.shell.command({ type: 'reconnectVenue', venue: 'binance' });
  engine.run(5_000);
  engine.want([]);
  engine.run(15_000);
  expect(heard.told).toEqual([]);
  engine.close();
});

test('a lost socket is one incident with all its streams, and its recovery is told once', () => {
  const { engine, heard } = running({ venues: ['binance', 'okx'] });
  engine.control({ type: 'refuse', venue: 'binance', what: 'handshake', durationMs: 3_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(100);
  expect(heard.one).toMatchObject({
    venue: 'binance',
    kind: 'disconnected',
    connection: 'binance#1',
    instrument: null,
    outcome: 'running',
    to: null,
    durationMs: null,
  });
  engine.run(20_000);
  const { id, cause, attempts, cost, durationMs, outcome } = heard.one;
  expect(outcome).toBe('repaired');
  expect(cause).toContain('close code 1006');
  expect(attempts).toBeGreaterThan(1);
  expect(cost.streams).toBe(8);
  expect(cost.missingTrades).toBe(cost.repairedTrades);
  expect(cost.repairedTrades).toBeGreaterThan(0);
  expect(durationMs).toBeGreaterThan(3_000);
  expect(durationMs).toBeLessThan(12_000);
  expect(Math.abs(cost.outOfPriceMs - (durationMs ?? 0))).toBeLessThan(200);
  expect(heard.endings(id)).toBe(1);
  engine.close();
});

test('what runs tells every second how long it has been out of the price', () => {
  const { engine, heard } = running({ venues: ['binance', 'okx'] });
  engine.control({ type: 'refuse', venue: 'binance', durationMs: 30_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(1_000);
  const from = engine.links.clock.monotonicMs() - 1_000;
  let mostBehindMs = 0;
  engine.run(20_000, () => {
    const lastedMs = engine.links.clock.monotonicMs() - from;
    mostBehindMs = Math.max(mostBehindMs, lastedMs - heard.one.cost.outOfPriceMs);
  });
  expect(mostBehindMs).toBeLessThan(1_500);
  engine.close();
});

test('a venue that cannot be reached at the start is an incident until it is', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 200 });
  const heard = new IncidentsHeard(engine);
  engine.control({ type: 'refuse', venue: 'binance', durationMs: 10_000 });
  engine.want(markets);
  engine.run(4_000);
  expect(heard.one).toMatchObject({ kind: 'unreachable', venue: 'binance', outcome: 'running' });
  engine.run(60_000);
  expect(heard.all.every(({ outcome }) => outcome !== 'running')).toBe(true);
  expect(heard.one.attempts).toBeGreaterThan(1);
  engine.close();
});

test('a venue that asks to wait, and one that bans, are named so, with the socket lost before', () => {
  const { engine, heard } = running();
  engine.control({
    ...{ type: 'refuse', venue: 'okx', status: 429, retryAfterSec: 5 },
    ...{ what: 'handshake', durationMs: 5_000 },
  });
  engine.control({
    ...{ type: 'refuse', venue: 'bybit', status: 403, retryAfterSec: 6 },
    ...{ what: 'handshake', durationMs: 6_000 },
  });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.control({ type: 'reset', venue: 'bybit' });
  engine.run(30_000);
  const kinds = heard.all.map(({ venue, kind, outcome }) => [venue, kind, outcome === 'running']);
  expect(kinds.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
    ['bybit', 'banned', false],
    ['okx', 'rateLimited', false],
  ]);
  for (const { cause, id } of heard.all) {
    expect(cause).toMatch(/^close code 1006.*; then HTTP (403|429)/);
    expect(heard.endings(id)).toBe(1);
  }
  engine.close();
});

test('a flapping venue is one incident whose attempts count', () => {
  const { engine, heard } = running({ venues: ['binance'] });
  engine.control({ type: 'flap', venue: 'binance', durationMs: 120_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(120_000, undefined, 5);
  expect(heard.all).toHaveLength(1);
  engine.run(60_000, undefined, 5);
  expect(heard.one.attempts).toBeGreaterThan(8);
  expect(heard.one.cause).toMatch(/times\)$|close code/);
  expect(heard.one.outcome).not.toBe('running');
  engine.close();
});

test('a silent stream is an incident only when the venue does not prove it quiet', () => {
  const { engine, heard } = running({ venues: ['binance'] });
  engine.control({ type: 'silence', venue: 'binance', market: 'BTC-USDT', durationMs: 12_000 });
  engine.run(8_000);
  expect(heard.all).toHaveLength(1);
  expect(heard.one).toMatchObject({ kind: 'stale', venue: 'binance', outcome: 'running' });
  engine.run(40_000);
  expect(heard.one.outcome).not.toBe('running');
  expect(heard.endings(heard.one.id)).toBe(1);
  engine.close();
});

test('a half-open socket is one incident from the first silence to the next socket', () => {
  const { engine, heard } = running({ venues: ['bybit', 'okx'] });
  engine.control({ type: 'halfOpen', venue: 'bybit' });
  engine.run(30_000);
  const { kind, outcome, cost, connection, id, durationMs } = heard.one;
  expect([kind, connection]).toEqual(['stale', 'bybit#1']);
  expect(outcome).not.toBe('running');
  expect(cost.streams).toBeGreaterThanOrEqual(8);
  expect(cost.outOfPriceMs).toBeGreaterThanOrEqual(150);
  expect(durationMs).toBeLessThan(10_000);
  expect(heard.endings(id)).toBe(1);
  engine.close();
});

test('a book resync names both sequence numbers and is repaired', () => {
  const { engine, heard } = running({ venues: ['binance', 'okx'] });
  engine.control({ type: 'dropDiff', venue: 'binance', market: 'BTC-USDT', count: 1 });
  engine.run(5_000);
  const { kind, instrument, channel, cause, outcome, id } = heard.one;
  expect([kind, instrument, channel]).toEqual(['resync', 'binance:BTC-USDT', 'book']);
  expect(cause).toMatch(/^sequence: had \d+, got \d+$/);
  expect(outcome).toBe('repaired');
  const [gap] = engine.view.gaps();
  expect(cause).toBe(`sequence: had ${gap?.firstId}, got ${gap?.lastId}`);
  expect(heard.endings(id)).toBe(1);
  engine.close();
});

test('a crossed book says so', () => {
  const { engine, heard } = running({ venues: ['binance'], messagesPerSec: 400 });
  engine.control({ type: 'loseDeletes', venue: 'binance', market: 'BTC-USDT', durationMs: 3_000 });
  engine.run(12_000);
  const crossed = heard.all.filter(({ cause }) => cause.includes('crossed'));
  expect(crossed.length).toBeGreaterThan(0);
  expect(crossed.every(({ kind, outcome }) => kind === 'resync' && outcome === 'repaired')).toBe(
    true,
  );
  engine.close();
});

test('books that a venue begins anew are one incident, not one each', () => {
  const { engine, heard } = running({ venues: ['bybit'] });
  engine.control({ type: 'pushBook', venue: 'bybit', form: 'restart' });
  engine.run(10_000);
  expect(heard.all.length).toBeLessThanOrEqual(1);
  for (const { kind, outcome } of heard.all) {
    expect([kind, outcome === 'running']).toEqual(['resync', false]);
  }
  engine.close();
});

test('trades missing on a living socket are a gap incident with what was fetched again', () => {
  const { engine, heard } = running({ venues: ['binance'] });
  engine.control({
    ...{ type: 'dropFrame', venue: 'binance', market: 'BTC-USDT', kind: 'trade', count: 3 },
  });
  engine.run(20_000);
  const { kind, instrument, channel, cost, outcome, cause } = heard.one;
  expect([kind, instrument, channel]).toEqual(['gap', 'binance:BTC-USDT', 'trade']);
  expect(cause).toMatch(/^sequence: ids \d+ to \d+$/);
  expect(cost).toMatchObject({ missingTrades: 3, repairedTrades: 3, outOfPriceMs: 0 });
  expect(outcome).toBe('repaired');
  engine.close();
});

test('a refused subscription is an incident until it is accepted', () => {
  const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 200 });
  const heard = new IncidentsHeard(engine);
  engine.run(2_000);
  engine.control({ type: 'rejectTopic', venue: 'okx', market: 'ETH-USDT', durationMs: 8_000 });
  engine.want(markets);
  engine.run(6_000);
  expect(heard.one).toMatchObject({ kind: 'rejected', venue: 'okx', outcome: 'running' });
  engine.run(120_000, undefined, 5);
  expect(heard.one.outcome).toBe('recovered');
  engine.close();
});

test('a halted instrument is closed until it trades again', () => {
  const { engine, heard } = running({ venues: ['bybit', 'okx'] });
  const listed = markets.flatMap((market) => engine.view.instrumentsOf(market));
  const bybit = listed.filter(({ venue }) => venue === 'bybit');
  const halted = bybit.map((each) =>
    each.market === 'ETH-USDT' ? { ...each, tradingStatus: 'closed' as const } : each,
  );
  engine.shell.command({ type: 'instruments', venue: 'bybit', instruments: halted });
  engine.run(3_000);
  expect(heard.one).toMatchObject({
    ...{ kind: 'closed', instrument: 'bybit:ETH-USDT', outcome: 'running' },
  });
  engine.shell.command({ type: 'instruments', venue: 'bybit', instruments: bybit });
  engine.run(3_000);
  expect(heard.one.outcome).toBe('recovered');
  expect(heard.one.cost.outOfPriceMs).toBeGreaterThan(2_900);
  engine.close();
});

test('a step of the wall clock is named, and how long troubles last is not read from it', () => {
  const { engine, heard } = running({ venues: ['binance'] });
  engine.control({ type: 'refuse', venue: 'binance', what: 'handshake', durationMs: 3_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(500);
  engine.links.clockPort.stepWall(-3_600_000);
  engine.run(20_000);
  const [lost, clock, ...others] = heard.all;
  expect(others).toEqual([]);
  expect(clock).toMatchObject({ kind: 'clock', venue: null, outcome: 'recovered' });
  expect(clock?.cause).toBe("this machine's clock was set back by 3600.0 s");
  expect(lost?.durationMs).toBeGreaterThan(3_000);
  expect(lost?.durationMs).toBeLessThan(15_000);
  expect(lost?.to).toBeGreaterThanOrEqual(lost?.from ?? Number.NaN);
  engine.close();
});

test('a loop that stood still and a machine that slept are told apart', () => {
  const core = new Core({ venues: [createVenue('binance')] });
  const tick = (monotonicMs: number): void =>
    core.handle({ type: 'tick', receivedTime: 1e12 + monotonicMs, monotonicMs }, () => undefined);
  for (const at of [0, 50, 900, 950, 3_000, 3_050, 63_050]) tick(at);
  for (let at = 63_100; at < 80_000; at += 50) tick(at);
  const told = core.view
    .incidents()
    .map(({ kind, venue, durationMs, outcome }) => [kind, venue, durationMs, outcome]);
  expect(told).toEqual([
    ['blocked', null, 2_050, 'recovered'],
    ['slept', null, 60_000, 'recovered'],
  ]);
});

test('a jump of the wall clock is a sleep once sockets are found dead, and one incident', () => {
  const { engine, heard } = running();
  engine.links.clockPort.stepWall(3_600_000);
  engine.run(8_000);
  expect(heard.one).toMatchObject({ kind: 'clock', outcome: 'recovered', durationMs: 0 });
  expect(heard.one.cost.outOfPriceMs).toBe(0);
  engine.run(20_000);
  for (const venue of venueIds) engine.control({ type: 'halfOpen', venue });
  engine.links.clockPort.stepWall(30_000);
  engine.run(25_000);
  const [, slept, ...others] = heard.all;
  expect(others).toEqual([]);
  expect(slept).toMatchObject({ kind: 'slept', venue: null });
  expect(slept?.outcome).not.toBe('running');
  expect(slept?.cost.streams).toBe(24);
  expect(slept?.durationMs).toBeGreaterThan(30_000);
  expect(slept?.durationMs).toBeLessThan(40_000);
  expect(slept?.cause).toMatch(/^this machine's clock went forward by 30\.0 s/);
  engine.close();
});

test('a venue that is late is one incident, however many markets it has', () => {
  const { engine, heard } = running();
  // The link falls behind by half a second each second, so that frames never stop coming.
  for (let lagMs = 0; lagMs < 12_000; lagMs += 500) {
    const durationMs = 34_000 - lagMs * 2;
    engine.control({ type: 'delay', venue: 'okx', delayMs: 500, durationMs });
    engine.run(1_000, undefined, 20);
  }
  const late = heard.all.filter(({ kind }) => kind === 'late');
  expect(late).toHaveLength(1);
  expect(late[0]).toMatchObject({ venue: 'okx', instrument: null, outcome: 'running' });
  engine.run(40_000, undefined, 20);
  const over = heard.all.filter(({ kind }) => kind === 'late');
  expect(over.map(({ outcome }) => outcome)).toEqual(['recovered']);
  expect(over[0]?.cost.outOfPriceMs).toBeGreaterThan(5_000);
  engine.close();
});

test('a venue whose own times go back is a clock incident of that venue', () => {
  const { engine, heard } = running({ venues: ['bybit', 'okx'] });
  engine.control({ type: 'clockSkew', venue: 'bybit', offsetMs: -60_000, durationMs: 10_000 });
  engine.run(60_000, undefined, 5);
  const clocks = heard.all.filter(({ kind }) => kind === 'clock');
  expect(clocks).toHaveLength(1);
  expect(clocks[0]).toMatchObject({ venue: 'bybit', outcome: 'recovered' });
  engine.close();
});

test('sockets that a sleep has cost belong to the sleep', () => {
  const { engine, heard } = running();
  engine.shell.command({ type: 'wake' });
  engine.run(15_000);
  const { kind, venue, cost, outcome, attempts } = heard.one;
  expect([kind, venue, outcome === 'running']).toEqual(['slept', null, false]);
  expect(cost.streams).toBe(24);
  expect(attempts).toBe(3);
  engine.close();
});

test('a core restored in the middle of incidents goes on as the one that was saved', () => {
  const inputs: CoreInput[] = [];
  const { engine } = running({
    ...{ venues: ['binance', 'bybit'], seed: 5 },
    onInput: (input) => inputs.push(input),
  });
  engine.control({ type: 'refuse', venue: 'binance', what: 'handshake', durationMs: 2_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.control({ type: 'silence', venue: 'bybit', market: 'BTC-USDT', durationMs: 9_000 });
  for (const forMs of [300, 1_500, 2_500]) {
    engine.run(forMs);
    const copy = new Core({ venues: [createVenue('binance'), createVenue('bybit')] });
    copy.restore(throughJson(engine.core.save()));
    const from = inputs.length;
    engine.run(4_000);
    for (const input of inputs.slice(from)) copy.handle(input, () => undefined);
    expect(copy.stateHash()).toBe(engine.core.stateHash());
    expect(copy.view.incidents()).toEqual(engine.view.incidents());
  }
  expect(engine.view.incidents().length).toBeGreaterThan(1);
  engine.close();
});
