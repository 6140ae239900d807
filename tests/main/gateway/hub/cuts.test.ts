import { expect, test } from 'vitest';
import type { HubClientAt } from '../../../support/hubClients.ts';
import { HubBench, subscribeTo } from '../../../support/hubClients.ts';
import { Random } from '../../../shared/randomValues.ts';

const markets = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'];

interface Listener {
  readonly channels: readonly string[];
  readonly heard: string[];
  client: HubClientAt | null;
  cursor: string;
  /** Batches of the present connection. */
  read: number;
  backAtMs: number;
  gaps: number;
}

/** One at least. */
function marketsOf(random: Random): readonly string[] {
  const drawn = markets.filter(() => random.chance(0.6));
  return drawn.length === 0 ? [random.of(markets)] : drawn;
}

test.each([1, 2, 3, 4, 5])(
  '[S4-02] clients that are cut at random lose and double nothing inside of what is kept, and are told one gap outside (seed %i)',
  (seed) => {
    const random = new Random(seed);
    const bench = new HubBench({ retentionMs: 120_000 });
    const listeners: Listener[] = Array.from({ length: 12 }, () => ({
      channels: marketsOf(random).map((market) => `trades.${market}`),
      ...{ heard: [], client: null, cursor: '', read: 0, backAtMs: 0, gaps: 0 },
    }));
    const take = (listener: Listener): void => {
      const { client } = listener;
      if (client === null) return;
      for (const batch of client.sink.batches.slice(listener.read)) {
        for (const { update } of batch.records) {
          if (update.type === 'trade_update')
            listener.heard.push(`${update.channel} ${update.seq}`);
        }
        listener.cursor = batch.cursor;
      }
      listener.read = client.sink.batches.length;
      listener.gaps += client.sink.resyncs.length;
    };
    const connect = (listener: Listener): void => {
      listener.client = bench.open();
      listener.read = 0;
      listener.client.session.subscribe(subscribeTo(listener.channels));
      if (listener.cursor === '') listener.cursor = listener.client.session.cursor;
      else listener.client.session.resume(listener.cursor);
    };
    const cut = (listener: Listener, forMs: number): void => {
      take(listener);
      listener.client?.session.close();
      listener.client = null;
      listener.backAtMs = bench.clock.monotonicMs() + forMs;
    };
    // One that is never cut keeps what all others have to have heard.
    const witness = bench.subscribed(markets.map((market) => `trades.${market}`));
    for (const listener of listeners) connect(listener);
    for (let turn = 0; turn < 8_000; turn += 1) {
      const market = random.of(markets);
      bench.feed.trade(market);
      bench.clock.advance(random.below(60));
      const listener = random.of(listeners);
      if (listener.client !== null && random.chance(0.02))
        cut(listener, random.chance(0.8) ? 3_000 : 30_000);
      for (const gone of listeners) {
        if (gone.client === null && bench.clock.monotonicMs() >= gone.backAtMs) connect(gone);
      }
    }
    bench.clock.advance(100);
    for (const listener of listeners) if (listener.client === null) connect(listener);
    bench.clock.advance(100);
    const all = witness.sink.of('trade_update').map(({ channel, seq }) => `${channel} ${seq}`);
    expect(all).toHaveLength(8_000);
    for (const listener of listeners) {
      take(listener);
      expect(listener.gaps).toBe(0);
      const own = new Set(listener.channels);
      expect(listener.heard).toEqual(all.filter((line) => own.has(line.split(' ')[0] ?? '')));
    }
    const [far] = listeners;
    if (far === undefined) return;
    cut(far, 600_000);
    for (let turn = 0; turn < 600; turn += 1) {
      for (const market of markets) bench.feed.trade(market);
      bench.clock.advance(1_000);
    }
    connect(far);
    bench.clock.advance(100);
    for (const market of markets) bench.feed.trade(market);
    bench.clock.advance(100);
    const heardBefore = far.heard.length;
    take(far);
    expect(far.client?.sink.resyncs.map(({ reason }) => reason)).toEqual(['retention']);
    expect(far.gaps).toBe(1);
    // Nothing of what lies before the gap, and all of what came after it.
    expect(far.heard.slice(heardBefore)).toEqual(
      witness.sink.updates
        .slice(-markets.length)
        .map(({ channel, seq }) => `${channel} ${seq}`)
        .filter((line) => far.channels.includes(line.split(' ')[0] ?? '')),
    );
  },
);
