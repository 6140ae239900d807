import { once } from 'node:events';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { runGatewayChaos } from '../../../support/gatewayChaos.ts';
import { ClientLedger, PublishedEvents } from '../../../support/gatewayChaosLedger.ts';
import { MemoryNet } from '../../../support/gatewayChaosNet.ts';
import { tradeUpdate } from '../../../support/wireRecords.ts';

const patienceMs = 300_000;
const seconds = 1_200;

test(
  '[S4-02] [S1-44] [G01] [G02] [G08] clients of all transports that are cut, stalled and moved lose and double nothing inside of what is kept, and have one gap outside',
  async () => {
    const result = await runGatewayChaos({ seed: 7, events: 3_000, clients: 5, seconds });
    expect(result.problems).toEqual([]);
    expect(result).toMatchObject({ published: 3_000, lost: 0, doubled: 0 });
    expect(result.heard).toBeGreaterThan(5_000);
    expect(result.counts.longCuts).toBeGreaterThan(0);
    expect(result.counts.marked).toBeGreaterThanOrEqual(result.counts.longCuts / 2);
    expect(result.ground.evicted).toBeGreaterThan(0);
    expect(result.ground.conflated).toBeGreaterThan(0);
  },
  patienceMs,
);

test(
  '[S4-02] [G07] two gateways over Redis that stops, forgets, and loses ingesters and gateways: every gap is marked, nothing else is lost',
  async () => {
    const result = await runGatewayChaos({
      seed: 1,
      events: 3_000,
      clients: 4,
      seconds,
      isShared: true,
    });
    expect(result.problems).toEqual([]);
    expect(result).toMatchObject({ published: 3_000, lost: 0, doubled: 0 });
    expect(result.staleChecks).toBeGreaterThan(0);
    expect(result.ground.takenOverMs).toBeLessThanOrEqual(5_000);
  },
  patienceMs,
);

test(
  'a seed is the same run each time',
  async () => {
    const options = { seed: 3, events: 400, clients: 4, seconds: 150 };
    const first = await runGatewayChaos(options);
    const again = await runGatewayChaos(options);
    expect(again.digest).toBe(first.digest);
    expect((await runGatewayChaos({ ...options, seed: 4 })).digest).not.toBe(first.digest);
  },
  patienceMs,
);

function openLedger() {
  const problems: string[] = [];
  const published = new PublishedEvents();
  const complain = (problem: string): void => void problems.push(problem);
  const ledger = new ClientLedger('a', { published, isUnsettled: () => false, complain });
  const channel = 'trades.BTC-USDT';
  const trade = (seq: number) => {
    const update = tradeUpdate('BTC-USDT', seq);
    ledger.heard({ ...update, trade: { ...update.trade, id: String(seq) } });
  };
  const publish = (count: number): void => {
    for (let at = 0; at < count; at += 1) published.add(channel);
  };
  ledger.subscribed(channel);
  return { ledger, problems, trade, publish };
}

test('what is lost or doubled is seen by the run', () => {
  const { ledger, problems, trade, publish } = openLedger();
  publish(10);
  for (const seq of [1, 2, 4, 4, 5]) trade(seq);
  ledger.resync(null);
  publish(2);
  trade(12);
  ledger.finish();
  expect(ledger.counts).toEqual({ events: 6, lost: 2, doubled: 1, resyncs: 1 });
  expect(problems).toEqual([
    'a: trades.BTC-USDT: 1 lost between 1 and 3',
    'a: trades.BTC-USDT: sequence 4 of run-1 after 2',
    'a: trades.BTC-USDT: event 3 came twice, 3 was there',
    'a: trades.BTC-USDT: sequence 4 of run-1 after 4',
    'a: trades.BTC-USDT: 1 lost before the first, 11, where 10 was due',
  ]);
});

test('what does not come at the end is seen by the run', () => {
  const { ledger, problems, trade, publish } = openLedger();
  publish(3);
  trade(1);
  ledger.finish();
  expect(problems).toEqual(['a: trades.BTC-USDT: 2 lost at the end']);
});

test('who did not read hears of the end of its connection when it reads again', async () => {
  const net = new MemoryNet();
  const server = createServer();
  const accepted = once(server, 'connection');
  const near = net.connect(server);
  const [far] = await accepted;
  near.stallIncoming(true);
  if (far instanceof Duplex) far.destroy();
  await net.settle();
  expect(near.destroyed).toBe(false);
  near.stallIncoming(false);
  await net.settle();
  expect(near.destroyed).toBe(true);
});
