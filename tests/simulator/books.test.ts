import { beforeAll, expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator, SimVenueId } from '../../src/simulator/simulator.ts';
import { connect, getJson, parseBody } from './support/memoryClient.ts';
import type { MemoryClient } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

type Level = readonly string[];

/** The plainest book there is: maps of numbers, so that it can hardly share a mistake. */
class PlainBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  apply(bids: readonly Level[], asks: readonly Level[]): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, size] of levels) {
        if (Number(size) === 0) side.delete(Number(price));
        else side.set(Number(price), Number(size));
      }
    }
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  text(): string {
    const bids = [...this.bids].sort((left, right) => right[0] - left[0]);
    const asks = [...this.asks].sort((left, right) => left[0] - right[0]);
    return JSON.stringify([bids, asks]);
  }
}

function oracleText(
  simulator: Simulator,
  venue: SimVenueId,
  updateId: number,
  depth: number,
): string {
  const book = simulator.oracle.book(venue, 'BTC-USDT', { updateId, depth });
  if (book === undefined) return `the oracle does not know ${updateId}`;
  const numbers = (levels: readonly Level[]): number[][] =>
    levels.map(([price, size]) => [Number(price), Number(size)]);
  return JSON.stringify([numbers(book.bids), numbers(book.asks)]);
}

/** Follows one stream by the venue's rules. `read` returns what is wrong, if anything. */
interface Follower {
  readonly client: MemoryClient;
  readonly book: PlainBook;
  readonly venue: SimVenueId;
  readonly depth: number;
  updateId: number;
  read(text: string): string | undefined;
}

interface Outcome {
  compared: number;
  readonly problems: string[];
}

interface DepthUpdate {
  readonly U: number;
  readonly u: number;
  readonly b: readonly Level[];
  readonly a: readonly Level[];
}

interface RestBook {
  readonly lastUpdateId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

function followBinance(simulator: Simulator): Follower {
  const client = connect(simulator, 'binance', '/ws/btcusdt@depth@100ms');
  const book = new PlainBook();
  simulator.advanceTo(startTime + 350);
  const path = '/api/v3/depth?symbol=BTCUSDT&limit=5000';
  const snapshot = getJson<RestBook>(simulator, 'binance', path);
  book.apply(snapshot.bids, snapshot.asks);
  return {
    client,
    book,
    venue: 'binance',
    depth: Infinity,
    updateId: snapshot.lastUpdateId,
    read(text) {
      const { U: first, u: last, b: bids, a: asks } = parseBody<DepthUpdate>(text);
      if (last <= this.updateId) return undefined;
      const joins = this.updateId === snapshot.lastUpdateId && first <= this.updateId + 1;
      const problem =
        joins || first === this.updateId + 1 ? undefined : `gap ${this.updateId} ${first}`;
      book.apply(bids, asks);
      this.updateId = last;
      return problem;
    },
  };
}

interface BybitBook {
  readonly type: string;
  readonly data: {
    readonly u: number;
    readonly seq: number;
    readonly b: readonly Level[];
    readonly a: readonly Level[];
  };
}

function followBybit(simulator: Simulator, depth: number): Follower {
  const client = connect(simulator, 'bybit', '/v5/public/spot');
  client.sendJson({ op: 'subscribe', args: [`orderbook.${depth}.BTCUSDT`] });
  const book = new PlainBook();
  let sequence = 0;
  return {
    client,
    book,
    venue: 'bybit',
    depth,
    updateId: 0,
    read(text) {
      if (!text.includes('"topic"')) return undefined;
      const { type, data } = parseBody<BybitBook>(text);
      const isNext = type === 'snapshot' || data.u === this.updateId + 1;
      if (type === 'snapshot') book.clear();
      book.apply(data.b, data.a);
      const isOrdered = data.seq >= sequence;
      sequence = data.seq;
      this.updateId = data.u;
      // The window holds by itself: a client need not cut anything.
      const fits = book.bids.size === depth && book.asks.size === depth;
      return isNext && isOrdered && fits ? undefined : `${text.slice(0, 200)} ${book.bids.size}`;
    },
  };
}

interface OkxBook {
  readonly action: string;
  readonly data: readonly {
    readonly asks: readonly Level[];
    readonly bids: readonly Level[];
    readonly prevSeqId: number;
    readonly seqId: number;
    readonly checksum: number;
  }[];
}

function followOkx(simulator: Simulator): Follower {
  const client = connect(simulator, 'okx', '/ws/v5/public');
  client.sendJson({ op: 'subscribe', args: [{ channel: 'books', instId: 'BTC-USDT' }] });
  const book = new PlainBook();
  return {
    client,
    book,
    venue: 'okx',
    depth: 400,
    updateId: -1,
    read(text) {
      if (!text.includes('"action"')) return undefined;
      const { action, data } = parseBody<OkxBook>(text);
      const [row] = data;
      if (row === undefined) return 'no row';
      const isNext = row.prevSeqId === (action === 'snapshot' ? -1 : this.updateId);
      if (action === 'snapshot') book.clear();
      book.apply(row.bids, row.asks);
      this.updateId = row.seqId;
      const fits = book.bids.size === 400 && book.asks.size === 400;
      return isNext && fits && row.checksum === 0 ? undefined : text.slice(0, 200);
    },
  };
}

interface BookTicker {
  readonly u: number;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
}

function followBookTicker(simulator: Simulator): Follower {
  const client = connect(simulator, 'binance', '/ws/btcusdt@bookTicker');
  const book = new PlainBook();
  return {
    client,
    book,
    venue: 'binance',
    depth: 1,
    updateId: 0,
    read(text) {
      const ticker = parseBody<BookTicker>(text);
      book.clear();
      book.apply([[ticker.b, ticker.B]], [[ticker.a, ticker.A]]);
      const isLater = ticker.u > this.updateId;
      this.updateId = ticker.u;
      return isLater ? undefined : `${ticker.u} came late`;
    },
  };
}

const outcomes = new Map<string, Outcome>();

/** One minute of market for all of them; the books are compared five times a second, in turn. */
beforeAll(() => {
  const assets = ['BTC', 'ETH', 'SOL'];
  const simulator = createSimulator({ seed: 11, startTime, messagesPerSec: 3000, assets });
  const followers: Readonly<Record<string, Follower>> = {
    binance: followBinance(simulator),
    bookTicker: followBookTicker(simulator),
    'bybit 50': followBybit(simulator, 50),
    'bybit 200': followBybit(simulator, 200),
    'bybit 1000': followBybit(simulator, 1000),
    okx: followOkx(simulator),
  };
  for (const name of Object.keys(followers)) outcomes.set(name, { compared: 0, problems: [] });
  for (let round = 1; round <= 600; round += 1) {
    simulator.advanceTo(startTime + 350 + round * 100);
    for (const [index, [name, follower]] of Object.entries(followers).entries()) {
      const outcome = outcomes.get(name);
      if (outcome === undefined) continue;
      for (const text of follower.client.texts()) {
        const problem = follower.read(text);
        if (problem !== undefined) outcome.problems.push(problem);
      }
      follower.client.clear();
      if (round % 12 !== index * 2 || round < 10) continue;
      outcome.compared += 1;
      const { venue, updateId, depth } = follower;
      if (follower.book.text() !== oracleText(simulator, venue, updateId, depth)) {
        outcome.problems.push(`differs from the oracle at ${updateId}`);
      }
    }
  }
});

test.each([
  ['binance', 'REST snapshot and diffs'],
  ['bookTicker', 'best bid and ask of an update id'],
  ['bybit 50', 'snapshot and deltas of 50 levels'],
  ['bybit 200', 'snapshot and deltas of 200 levels'],
  ['bybit 1000', 'snapshot and deltas of 1,000 levels'],
  ['okx', 'chain of sequence ids over 400 levels'],
])('%s: %s give the true book for a minute', (name) => {
  const outcome = outcomes.get(name);
  expect(outcome?.problems).toEqual([]);
  expect(outcome?.compared).toBeGreaterThan(45);
});

test('a later subscriber joins the same chain as the first one', () => {
  const simulator = createSimulator({ seed: 12, startTime, messagesPerSec: 1000, assets: ['BTC'] });
  const subscribe = (): MemoryClient => {
    const client = connect(simulator, 'okx', '/ws/v5/public');
    client.sendJson({ op: 'subscribe', args: [{ channel: 'books', instId: 'BTC-USDT' }] });
    return client;
  };
  const first = subscribe();
  simulator.advanceTo(startTime + 1050);
  const late = subscribe();
  simulator.advanceTo(startTime + 3000);
  const [snapshot, ...updates] = late.parseFrames<OkxBook>('"action"');
  expect(updates[0]?.data[0]?.prevSeqId).toBe(snapshot?.data[0]?.seqId);
  expect(updates).toEqual(first.parseFrames<OkxBook>('"action"').slice(-updates.length));
});
