import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTo } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import type {
  FeedListener,
  MarketFeed,
  Publication,
} from '../../../../src/main/gateway/hub/marketFeed.ts';
import { startGateway } from '../../../../src/main/gateway/startGateway.ts';
import type { Gateway, GatewayOptions } from '../../../../src/main/gateway/startGateway.ts';
import type { ChannelId } from '../../../../src/shared/gateway/channelIds.ts';
import type { ServerMessage, WireUpdate } from '../../../../src/shared/gateway/wire.ts';
import { eventually, patienceMs } from '../../../support/eventually.ts';
import { hostStatus } from '../../../support/fakeEngineHost.ts';
import { socketsSettled } from '../../../support/socketsSettled.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const market = 'BTC-USDT';
/** Of virtual time that passes while something is waited for. */
const mostUntilMs = 6_000;

/** A feed that says what the test tells it to. */
export class StreamFeed implements MarketFeed {
  readonly wanted: ReadonlySet<ChannelId>[] = [];
  readonly #time: () => number;
  readonly #seqByChannel = new Map<string, number>();
  #listener: FeedListener | null = null;
  #levels: readonly { readonly size: number; readonly time: number }[] = [];

  constructor(time: () => number) {
    this.#time = time;
  }

  listen(listener: FeedListener): void {
    this.#listener = listener;
  }

  want(channels: ReadonlySet<ChannelId>): void {
    this.wanted.push(channels);
  }

  markets(): readonly string[] {
    return [market, 'ETH-USDT'];
  }

  candles(): never {
    throw new Error('not asked');
  }

  status() {
    return hostStatus({ source: 'simulated' });
  }

  async close(): Promise<void> {
    this.#listener = null;
  }

  trade(of = market): void {
    const channel = `trades.${of}`;
    const seq = this.#next(channel);
    const time = this.#time();
    this.#publish(channel, 'event', seq, {
      kind: 'trades',
      market: of,
      trade: {
        type: 'trade',
        ordinal: seq,
        instrument: `binance:${of}`,
        id: `t${seq}`,
        side: seq % 2 === 0 ? 'buy' : 'sell',
        priceUnits: 6_000_000 + seq,
        priceDecimals: 2,
        sizeUnits: 25,
        sizeDecimals: 2,
        venueTime: time - 5,
        receivedTime: time - 1,
        late: false,
        outlier: false,
      },
    });
  }

  price(price: number): void {
    const channel = `price.${market}`;
    this.#publish(channel, 'state', this.#next(channel), {
      kind: 'price',
      price: {
        market,
        price,
        priceDecimals: 2,
        status: 'live',
        receivedTime: this.#time() - 3,
        contributors: [],
        equalWeights: false,
        venueSpreadBps: 0.5,
        change24hAbs: 250,
        change24hPct: 0.42,
        high24h: 61_000,
        low24h: 59_000,
        volume24hBase: 1000.5,
        volume24hQuote: 60_030_000,
        statsVenues: ['binance'],
      },
    });
  }

  book(sizes: readonly number[]): void {
    const channel = `orderbook.${market}`;
    const time = this.#time();
    const changed = sizes.map((size, at) => {
      const before = this.#levels[at];
      return before?.size === size ? before : { size, time };
    });
    this.#levels = changed;
    const rows = (from: number, step: number) =>
      changed.map((level, at) => ({
        priceUnits: from + at * step,
        sizeUnits: [level.size],
        changedTime: [level.time],
      }));
    this.#publish(channel, 'state', this.#next(channel), {
      kind: 'orderbook',
      book: {
        market,
        venue: null,
        priceDecimals: 2,
        sizeDecimals: 4,
        groupUnits: 1,
        parts: [
          {
            venue: 'binance',
            instrument: `binance:${market}`,
            status: 'live',
            streamStatus: 'live',
            sequence: 9,
            receivedTime: this.#time(),
            counted: true,
            bestBidUnits: 6_000_000,
            bestAskUnits: 6_000_001,
            note: null,
          },
        ],
        bids: rows(6_000_000, -1),
        asks: rows(6_000_001, 1),
        crossedUnits: null,
      },
    });
  }

  ticker(): void {
    const channel = `ticker.${market}`;
    this.#publish(channel, 'state', this.#next(channel), {
      kind: 'ticker',
      market,
      tickers: [
        {
          instrument: `binance:${market}`,
          last: 60_000,
          open24h: 59_750,
          high24h: 61_000,
          low24h: 59_000,
          volume24hBase: 1000.5,
          volume24hQuote: 60_030_000,
          receivedTime: this.#time() - 3,
          status: 'live',
        },
      ],
    });
  }

  gap(to: number | null): void {
    const time = this.#time();
    this.#publish('gaps', 'event', this.#next('gaps'), {
      kind: 'gaps',
      gap: {
        id: 3,
        venue: 'okx',
        instrument: `okx:${market}`,
        channel: 'trade',
        cause: 'disconnect',
        from: time - 2_000,
        to,
        firstId: null,
        lastId: null,
        missing: null,
        repairedBy: null,
      },
    });
  }

  health(): void {
    this.#publish('health', 'state', this.#next('health'), {
      kind: 'health',
      health: {
        time: this.#time(),
        connections: [],
        streams: [],
        errors: [],
        apiChanges: [],
        messagesPerSec: 120,
        gapsTotal: 1,
        gapsRepaired: 0,
        resyncsTotal: 0,
        reconnectsTotal: 0,
        decodeErrorsTotal: 0,
        sizes: { bookLevels: 0, heldUpdates: 0, trades: 0, gaps: 0, incidents: 0, requests: 0 },
      },
      status: this.status(),
    });
  }

  #next(channel: string): number {
    const seq = (this.#seqByChannel.get(channel) ?? 0) + 1;
    this.#seqByChannel.set(channel, seq);
    return seq;
  }

  #publish(
    channel: ChannelId,
    type: Publication['type'],
    seq: number,
    value: Publication['value'],
  ): void {
    const time = this.#time();
    this.#listener?.onPublished([
      { channel, type, epoch: 'k1-1', seq, source: 'simulated', time, value },
    ]);
  }
}

export interface StreamBench {
  readonly gateway: Gateway;
  readonly feed: StreamFeed;
  readonly clock: VirtualClock;
  readonly key: string;
  readonly profile: string;
  readonly now: () => number;
  /** Virtual time passes in small steps, and sockets get their turns, until it is so. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Until it is so, and no virtual time passes: for what another process does. */
  arrives(condition: () => boolean, what: string): Promise<void>;
  /** So much virtual time, in steps. */
  pass(ms: number, stepMs?: number): Promise<void>;
  connect(options?: SocketOptions): Promise<SocketPeer>;
  stream(path: string, headers?: Record<string, string>): Promise<StreamPeer>;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** As the gateway counts them. */
  clients(): Promise<number>;
  close(): Promise<void>;
}

export interface SocketOptions extends ClientOptions {
  readonly query?: string;
  readonly protocols?: readonly string[];
  /** Null: no header; the key of the gateway unless said. */
  readonly token?: string | null;
}

export interface SocketPeer {
  readonly socket: WebSocket;
  /** Below the WebSocket. */
  readonly stream: Socket;
  readonly messages: ServerMessage[];
  readonly raw: Buffer[];
  /** As the gateway answered the offer. */
  extensions: string | null;
  closed: { readonly code: number; readonly reason: string } | null;
  send(message: object): void;
}

export interface StreamEventSeen {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

export interface StreamPeer {
  readonly response: Response;
  readonly events: StreamEventSeen[];
  readonly isOver: () => boolean;
  cut(): void;
}

export async function openBench(options: Partial<GatewayOptions> = {}): Promise<StreamBench> {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-streams-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  const clock = new VirtualClock(1_000);
  const startMs = Date.now() - clock.monotonicMs();
  const now = () => startMs + clock.monotonicMs();
  const feed = new StreamFeed(now);
  const gateway = await startGateway({
    host: null,
    openFeed: () => feed,
    rendererFolder: folder,
    hostname: '127.0.0.1',
    port: 0,
    appVersion: '1.2.3',
    log: () => undefined,
    profile: folder,
    connectBucket: { size: 100_000, perSec: 10_000 },
    clock: {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: now,
      after: (delayMs, run) => clock.after(delayMs, run),
    },
    ...options,
  });
  const key = gateway.address.split('#key=')[1] ?? '';
  const peers: { cut(): void }[] = [];
  const step = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await socketsSettled();
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    const end = performance.now() + patienceMs;
    for (let passed = 0; performance.now() < end; passed += 4) {
      if (condition()) return;
      // Beyond it nothing of the gateway is due: what is slow is the machine.
      await step(passed < mostUntilMs ? 4 : 0);
    }
    throw new Error(`it did not happen: ${what}`);
  };
  const bench: StreamBench = {
    ...{ gateway, feed, clock, key, now, until },
    profile: folder,
    arrives: (condition, what) => eventually(() => expect(condition(), what).toBe(true)),
    async pass(ms, stepMs = 250) {
      for (let left = ms; left > 0; left -= stepMs) await step(Math.min(left, stepMs));
    },
    async connect({ query = '', protocols = [], token = key, ...socketOptions } = {}) {
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const url = `${gateway.origin.replace('http', 'ws')}/api/socket${query}`;
      const stream = connectTo(gateway.port, '127.0.0.1');
      const createConnection = () => stream;
      const more = { headers, createConnection, ...socketOptions };
      const socket = new WebSocket(url, [...protocols], more);
      const peer = watchSocket(socket, stream);
      peers.push({ cut: () => socket.terminate() });
      await until(() => socket.readyState !== socket.CONNECTING, 'a socket opens');
      return peer;
    },
    async stream(path, headers = { authorization: `Bearer ${key}` }) {
      const abort = new AbortController();
      let response: Response | null = null;
      const asked = fetch(`${gateway.origin}${path}`, { headers, signal: abort.signal });
      asked.then(
        (found) => (response = found),
        () => undefined,
      );
      await until(() => response !== null, `an answer of ${path}`);
      const peer = watchStream(await asked, abort);
      peers.push(peer);
      return peer;
    },
    async ask(path, init = {}) {
      let isDone = false;
      const asked = fetch(`${gateway.origin}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${key}`, ...init.headers },
      });
      asked.then(
        () => (isDone = true),
        () => (isDone = true),
      );
      await until(() => isDone, `an answer of ${path}`);
      return asked;
    },
    async clients() {
      return parseClients(await (await bench.ask('/health')).json());
    },
    async close() {
      for (const peer of peers) peer.cut();
      let isClosed = false;
      const closing = gateway.close().then(() => (isClosed = true));
      await until(() => isClosed, 'the gateway stops');
      await closing;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return bench;
}

function watchSocket(socket: WebSocket, stream: Socket): SocketPeer {
  const peer: SocketPeer = {
    socket,
    stream,
    messages: [],
    raw: [],
    extensions: null,
    closed: null,
    send: (message) => socket.send(JSON.stringify(message)),
  };
  socket.on('error', () => undefined);
  socket.on('upgrade', ({ headers }) => {
    peer.extensions = headers['sec-websocket-extensions'] ?? null;
  });
  socket.on('message', (message: Buffer, isBinary: boolean) => {
    peer.raw.push(message);
    if (!isBinary) peer.messages.push(parseMessage(message.toString('utf8')));
  });
  socket.on('close', (code, reason) => {
    peer.closed = { code, reason: reason.toString('utf8') };
  });
  return peer;
}

function watchStream(response: Response, abort: AbortController): StreamPeer {
  const events: StreamEventSeen[] = [];
  let isOver = false;
  const parser = createParser({
    onEvent: ({ id, event, data }) => events.push({ id, event, data: JSON.parse(data) }),
  });
  const read = async (): Promise<void> => {
    if (response.body === null || !response.ok) return;
    const decoder = new TextDecoder();
    for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
  };
  const over = () => (isOver = true);
  read().then(over, over);
  return { response, events, isOver: () => isOver, cut: () => abort.abort() };
}

function parseClients(health: unknown): number {
  return (health as { readonly clients: number }).clients;
}

function parseMessage(text: string): ServerMessage {
  return JSON.parse(text) as ServerMessage;
}

export function updatesOf(messages: readonly ServerMessage[]): readonly WireUpdate[] {
  return messages.flatMap((message) => (message.type === 'updates' ? message.updates : []));
}

export function cursorOf(messages: readonly ServerMessage[]): string {
  const last = messages.findLast(
    (message) => message.type === 'updates' || message.type === 'welcome',
  );
  return last !== undefined && 'cursor' in last ? last.cursor : '';
}

export function typesOf(messages: readonly ServerMessage[]): readonly string[] {
  return messages.map(({ type }) => type);
}

export function seqsOf(
  messages: readonly ServerMessage[],
  type: WireUpdate['type'],
): readonly number[] {
  return updatesOf(messages).flatMap((update) => (update.type === type ? [update.seq] : []));
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
