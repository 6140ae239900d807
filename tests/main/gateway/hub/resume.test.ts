import { expect, test } from 'vitest';
import { HubBench, subscribeTo } from '../../../support/hubClients.ts';

const channels = ['trades.BTC-USDT', 'trades.ETH-USDT', 'price.BTC-USDT'];

/** A client hears the first trade and goes. Answers with its cursor. */
function leaveAfterATrade(bench: HubBench): string {
  const first = bench.subscribed(channels);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const { cursor } = first.session;
  first.session.close();
  return cursor;
}

test('[S1-44] a client that comes back has every missed event once and in order, then what is new', () => {
  const bench = new HubBench();
  const first = bench.subscribed(channels);
  for (let n = 0; n < 10; n += 1) bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const cursor = first.sink.batches.at(-1)?.cursor ?? '';
  first.session.close();
  const missed: string[] = [];
  for (let n = 0; n < 700; n += 1) {
    missed.push(String(bench.feed.published.filter(({ type }) => type === 'event').length + 1));
    bench.feed.trade(n % 3 === 0 ? 'ETH-USDT' : 'BTC-USDT');
    bench.clock.advance(4);
  }
  // Gathered and not given out yet when the client is back.
  bench.feed.trade('BTC-USDT');
  const { session, sink } = bench.open();
  session.subscribe(subscribeTo(channels));
  expect(session.resume(cursor)).toEqual({ type: 'resumed', events: 701 });
  bench.feed.trade('ETH-USDT');
  bench.clock.advance(100);
  expect(sink.tradeIds).toEqual([...missed, '711', '712']);
  expect(sink.resyncs).toEqual([]);
  expect(bench.hub.counts().resumed).toBe(1);
});

test('[S1-44] a cursor older than what is kept is told one gap, and the present state follows', () => {
  const bench = new HubBench({ retentionMs: 60_000 });
  const first = bench.subscribed(channels);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const cursor = first.session.cursor;
  first.session.close();
  const other = bench.subscribed(channels);
  for (let n = 0; n < 600; n += 1) {
    bench.feed.trade('BTC-USDT');
    bench.feed.price('BTC-USDT', n);
    bench.clock.advance(1_000);
  }
  const { session, sink } = bench.open();
  session.subscribe(subscribeTo(channels));
  const result = session.resume(cursor);
  bench.clock.advance(20);
  expect(result).toMatchObject({ type: 'resync', message: { reason: 'retention', from: cursor } });
  expect(sink.resyncs).toHaveLength(1);
  expect(sink.order).toEqual(['resync', 'price_update']);
  expect(sink.of('price_update')[0]?.price.price).toBe(599);
  const to = sink.resyncs[0]?.to ?? '';
  expect(to).toBe(other.session.cursor);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(20);
  expect(sink.tradeIds).toEqual(['602']);
});

test.each(['', 'x', 'other.5', '12', 'a.b.c', `${'z'.repeat(200)}.1`])(
  'the cursor %j of nobody is one gap',
  (cursor) => {
    const bench = new HubBench();
    const { session, sink } = bench.subscribed(channels);
    expect(session.resume(cursor).type).toBe('resync');
    bench.clock.advance(100);
    expect(sink.resyncs).toHaveLength(1);
  },
);

test('a cursor from the future of this process is of another one', () => {
  const bench = new HubBench();
  const { session, sink } = bench.subscribed(channels);
  bench.feed.trade('BTC-USDT');
  const [log = ''] = session.cursor.split('.');
  expect(session.resume(`${log}.999`)).toMatchObject({ type: 'resync' });
  expect(sink.resyncs[0]?.reason).toBe('epoch');
});

test('a loss upstream is told once: to those who are there, and to those who come back over it', () => {
  const bench = new HubBench();
  const here = bench.subscribed(channels);
  const gone = bench.subscribed(channels);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const before = gone.session.cursor;
  gone.session.close();
  bench.feed.lose({ channels: ['trades.BTC-USDT'], missing: 7 });
  const after = here.session.cursor;
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  expect(here.sink.resyncs).toMatchObject([
    { reason: 'upstream', channels: ['trades.BTC-USDT'], missing: 7 },
  ]);
  expect(here.sink.tradeIds).toEqual(['1', '2']);
  const back = bench.subscribed(channels);
  expect(back.session.resume(before)).toMatchObject({ type: 'resync' });
  const later = bench.subscribed(channels);
  expect(later.session.resume(after)).toEqual({ type: 'resumed', events: 1 });
  const others = bench.subscribed(['trades.ETH-USDT']);
  expect(others.session.resume(before)).toEqual({ type: 'resumed', events: 0 });
});

test('a client that asks to resume late gets what it missed, and nothing that it has had already', () => {
  const bench = new HubBench();
  const first = bench.subscribed(channels);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const { cursor } = first.session;
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const { session, sink } = bench.subscribed(channels);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  session.resume(cursor);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  session.resume(cursor);
  bench.clock.advance(100);
  expect(sink.tradeIds).toEqual(['3', '2', '4']);
});

test('a poll that asks again with its earlier cursor gets the lost answer again', () => {
  const bench = new HubBench();
  const { session, sink } = bench.subscribed(channels, {}, { transport: 'poll' });
  const { cursor } = session;
  session.setReading(false);
  bench.feed.trade('BTC-USDT');
  bench.feed.trade('ETH-USDT');
  bench.clock.advance(1_000);
  expect(sink.updates).toEqual([]);
  session.setReading(true);
  expect(sink.tradeIds).toEqual(['1', '2']);
  session.setReading(false);
  session.resume(cursor);
  session.setReading(true);
  expect(sink.tradeIds).toEqual(['1', '2', '1', '2']);
});

test('events from before a channel was heard are no news', () => {
  const bench = new HubBench();
  const { session, sink } = bench.subscribed(['trades.BTC-USDT']);
  const { cursor } = session;
  const { value } = bench.feed.trade('ETH-USDT');
  bench.feed.event('trades.BTC-USDT', value, { isPast: true });
  bench.feed.event('trades.BTC-USDT', value);
  bench.clock.advance(100);
  expect(sink.of('trade_update').map(({ seq }) => seq)).toEqual([2]);
  const back = bench.subscribed(['trades.BTC-USDT']);
  expect(back.session.resume(cursor)).toEqual({ type: 'resumed', events: 1 });
});

test('one whose own channels are quiet for long still comes back without a gap', () => {
  const bench = new HubBench({ retentionMs: 60_000 });
  const { sink, session } = bench.subscribed(['trades.SOL-USDT']);
  bench.feed.trade('SOL-USDT');
  for (let n = 0; n < 600; n += 1) {
    bench.feed.trade('BTC-USDT');
    bench.clock.advance(1_000);
  }
  const cursor = sink.batches.at(-1)?.cursor ?? '';
  session.close();
  bench.feed.trade('SOL-USDT');
  bench.clock.advance(1_000);
  const back = bench.subscribed(['trades.SOL-USDT']);
  expect(back.session.resume(cursor)).toEqual({ type: 'resumed', events: 1 });
  expect(sink.batches.length).toBeLessThan(60);
});

test('one that asks to resume before it has channels is sent what it missed when it has them', () => {
  const bench = new HubBench();
  const { cursor } = bench.subscribed(channels).session;
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const { session, sink } = bench.open();
  session.resume(cursor);
  session.subscribe(subscribeTo(channels));
  bench.clock.advance(100);
  expect(sink.tradeIds).toEqual(['1']);
});

test('a loss is told in its place: behind what came before it in the same moment', () => {
  const bench = new HubBench();
  const { sink } = bench.subscribed(channels);
  bench.clock.advance(100);
  bench.feed.trade('BTC-USDT');
  bench.feed.lose();
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  expect(sink.order).toEqual(['trade_update', 'resync', 'trade_update']);
});

test('in a log that gateways share, a cursor holds that another one gave out, also ahead of this one', () => {
  const bench = new HubBench();
  const at = (n: number) => ({ position: { log: 'redis-1', n } });
  const { value } = bench.feed.trade('ETH-USDT');
  const event = (n: number) => bench.feed.event('trades.BTC-USDT', value, at(n));
  for (const n of [11, 12, 13]) event(n);
  bench.clock.advance(20);
  const open = (cursor: string) => {
    const client = bench.subscribed(['trades.BTC-USDT']);
    return { ...client, result: client.session.resume(cursor) };
  };
  const behind = open('redis-1.11');
  const ahead = open('redis-1.15');
  expect(open('redis-1.9').result.type).toBe('resync');
  expect(open('redis-1.10').result).toEqual({ type: 'resumed', events: 3 });
  expect(open('redis-2.11').result).toMatchObject({ message: { reason: 'epoch' } });
  for (const n of [14, 15, 16]) event(n);
  bench.clock.advance(20);
  const seqs = ({ sink }: typeof ahead) => sink.of('trade_update').map(({ seq }) => seq);
  expect([seqs(behind), seqs(ahead)]).toEqual([[2, 3, 4, 5, 6], [6]]);
  expect(ahead.session.cursor).toBe('redis-1.16');
  bench.feed.lose();
  const after = behind.session.cursor;
  event(17);
  bench.clock.advance(20);
  expect(open(after).result).toEqual({ type: 'resumed', events: 1 });
  expect(open('redis-1.16').result.type).toBe('resync');
});

test('when the log that gateways share begins anew, those who are there go on in it', () => {
  const bench = new HubBench();
  const { sink, session } = bench.subscribed(['trades.BTC-USDT']);
  const { value } = bench.feed.trade('ETH-USDT');
  const event = (log: string, n: number) =>
    bench.feed.event('trades.BTC-USDT', value, { position: { log, n } });
  for (const n of [501, 502]) event('run-1', n);
  bench.clock.advance(20);
  const { cursor } = session;
  const late = bench.subscribed(['trades.BTC-USDT']);
  bench.feed.lose({ reason: 'epoch' });
  for (const n of [1, 2]) event('run-2', n);
  event('run-2', 1);
  bench.clock.advance(40);
  expect(sink.order).toEqual([
    ...['trade_update', 'trade_update', 'resync'],
    ...['trade_update', 'trade_update', 'trade_update'],
  ]);
  expect(late.sink.order).toEqual(sink.order.slice(2));
  expect(session.cursor).toBe('run-2.1');
  const back = bench.subscribed(['trades.BTC-USDT']);
  expect(back.session.resume(cursor)).toMatchObject({ message: { reason: 'epoch' } });
});

test('who was told that another log begins has a place in it before its first event', () => {
  const bench = new HubBench();
  const { sink } = bench.subscribed(['trades.BTC-USDT']);
  const { value } = bench.feed.trade('ETH-USDT');
  const event = (log: string, n: number) =>
    bench.feed.event('trades.BTC-USDT', value, { position: { log, n } });
  event('run-1', 501);
  bench.clock.advance(20);
  bench.feed.lose({ reason: 'epoch', position: { log: 'run-2', n: 0 } });
  const [told] = sink.resyncs;
  event('run-2', 1);
  bench.clock.advance(40);
  const back = bench.subscribed(['trades.BTC-USDT']);
  expect(back.session.resume(told?.to ?? '')).toEqual({ type: 'resumed', events: 1 });
  expect(sink.order).toEqual(['trade_update', 'resync', 'trade_update']);
});

test('one that missed very much has it in pieces, in order, with what is new behind it', () => {
  const bench = new HubBench();
  const first = bench.subscribed(channels);
  const { cursor } = first.session;
  for (let n = 0; n < 10_000; n += 1) bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const { session, sink } = bench.subscribed(channels);
  expect(session.resume(cursor)).toEqual({ type: 'resumed', events: 10_000 });
  expect(sink.tradeIds.length).toBeLessThan(3_000);
  bench.feed.trade('BTC-USDT');
  bench.feed.price('BTC-USDT', 5);
  bench.clock.advance(1_000);
  expect(sink.tradeIds).toEqual(Array.from({ length: 10_001 }, (_, index) => String(index + 1)));
  expect(sink.of('price_update')).toHaveLength(1);
});

test('who asks to resume twice has nothing twice, also where it is far behind', () => {
  const bench = new HubBench();
  const cursor = leaveAfterATrade(bench);
  for (let n = 0; n < 5_000; n += 1) bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const { session, sink } = bench.subscribed(channels);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  expect(sink.tradeIds).toEqual(['5002']);
  session.resume(cursor);
  session.resume(cursor);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(2_000);
  expect(sink.tradeIds).toHaveLength(5_002);
  expect(new Set(sink.tradeIds).size).toBe(5_002);
  expect(sink.resyncs).toEqual([]);
});

test('clients of one network of IPv6 are those of one address', () => {
  const bench = new HubBench({ maxClientsPerAddress: 2 });
  bench.open({ address: '2001:db8:0:1::1' });
  const second = bench.open({ address: '2001:db8:0:1:ffff::2' });
  expect(() => bench.open({ address: '2001:db8:0:1::3' })).toThrow(/as many clients/);
  bench.open({ address: '2001:db8:0:2::1' });
  second.session.close();
  bench.open({ address: '2001:db8:0:1::3' });
});

test('[S1-44] who comes back with its channels in several requests has missed nothing of any of them', () => {
  const bench = new HubBench();
  const cursor = leaveAfterATrade(bench);
  const missed = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'].map((market) => bench.feed.trade(market));
  expect(missed).toHaveLength(3);
  bench.clock.advance(100);
  const { session, sink } = bench.subscribed(['trades.BTC-USDT']);
  session.resume(cursor);
  bench.clock.advance(200);
  session.subscribe(subscribeTo(['trades.ETH-USDT'], { rate: 2 }));
  bench.feed.trade('ETH-USDT');
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(2_000);
  session.subscribe(subscribeTo(['trades.SOL-USDT']));
  bench.clock.advance(100);
  expect(sink.tradeIds).toEqual(['2', '3', '5', '6']);
  expect(sink.resyncs).toEqual([]);
  expect(bench.hub.counts().resumed).toBe(1);
});

test('what was told as lost is not looked for again by the next request for channels', () => {
  const bench = new HubBench();
  const cursor = leaveAfterATrade(bench);
  const { session, sink } = bench.subscribed(['trades.BTC-USDT']);
  session.resume(cursor);
  bench.feed.lose({ channels: null, missing: null });
  session.subscribe(subscribeTo(['trades.ETH-USDT']));
  bench.clock.advance(100);
  expect(sink.resyncs).toHaveLength(1);
});
