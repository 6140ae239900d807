import type { SocketConstructor, SocketLike } from '../../../src/client/clientContract.ts';
import { clientMessageSchema } from '../../../src/shared/gateway/requests.ts';
import type {
  OrderbookUpdate,
  PriceUpdate,
  ServerMessage,
  TickerUpdate,
  TradeUpdate,
  WireStatus,
  WireUpdate,
} from '../../../src/shared/gateway/wire.ts';
import * as v from 'valibot';

type Listener = (event: never) => void;

/** The gateway's own protocol behind a socket in memory, with what clients asked of it. */
export class FakeGateway {
  readonly sockets: FakeSocket[] = [];
  /** Channels of all `subscribe` and `unsubscribe` messages, in order. */
  readonly subscribed: string[] = [];
  readonly unsubscribed: string[] = [];
  /** That were shown to come in. */
  readonly tokens: string[] = [];
  isRefusing = false;
  private cursor = 0;

  readonly WebSocket: SocketConstructor;

  constructor() {
    const { sockets } = this;
    const open = (): FakeSocket => {
      const socket = new FakeSocket(this);
      sockets.push(socket);
      return socket;
    };
    this.WebSocket = class implements SocketLike {
      binaryType = 'arraybuffer';
      readonly protocol = 'truetape.v1.json';
      readonly #socket = open();
      get readyState(): number {
        return this.#socket.readyState;
      }
      send(payload: string | Uint8Array<ArrayBuffer>): void {
        this.#socket.receive(String(payload));
      }
      close(code = 1005, reason = ''): void {
        this.#socket.end(code, reason, true);
      }
      addEventListener(type: string, listener: Listener): void {
        this.#socket.listen(type, listener);
      }
    };
  }

  get openCount(): number {
    return this.sockets.filter(({ readyState }) => readyState <= 1).length;
  }

  /** One message with these records to every open socket. */
  push(...updates: readonly WireUpdate[]): void {
    this.cursor += 1;
    const time = updates.at(-1)?.time ?? 0;
    this.say({ type: 'updates', time, cursor: `e.${this.cursor}`, updates });
  }

  say(message: ServerMessage): void {
    for (const socket of this.sockets) socket.say(message);
  }

  drop(): void {
    for (const socket of this.sockets) socket.end(1006, '', false);
  }
}

export class FakeSocket {
  readyState = 0;
  private readonly gateway: FakeGateway;
  private readonly listeners = new Map<string, Listener[]>();

  constructor(gateway: FakeGateway) {
    this.gateway = gateway;
    // A real one never opens in the turn in which it was made.
    void afterThisTurn().then(() => this.open());
  }

  listen(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  say(message: ServerMessage): void {
    if (this.readyState === 1) this.emit('message', { data: JSON.stringify(message) });
  }

  end(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.emit('close', { code, reason, wasClean }));
  }

  receive(text: string): void {
    const message = v.parse(clientMessageSchema, JSON.parse(text));
    const id = message.id ?? null;
    const time = 0;
    if (message.type === 'ping' || message.type === 'heartbeat') {
      this.say({ type: 'pong', id, time });
    } else if (message.type === 'subscribe') {
      this.gateway.subscribed.push(...message.channels);
      const isBad = (channel: string): boolean => channel.includes('NOTHING');
      const accepted = message.channels.filter((channel) => !isBad(channel));
      const rejected = message.channels.filter(isBad).map((channel) => ({
        ...{ channel, code: 'INVALID_SYMBOL' as const, message: 'There is no market NOTHING.' },
      }));
      queueMicrotask(() => {
        this.say({ type: 'subscribed', id, accepted, rejected, channels: 1, time });
      });
    } else if (message.type === 'resume') {
      const status = { status: 'resumed', source: 'simulated', message: '', user: null } as const;
      queueMicrotask(() => this.say({ type: 'status', time, ...status }));
    } else if (message.type === 'unsubscribe') {
      this.gateway.unsubscribed.push(...message.channels);
    } else if (message.type === 'authenticate') {
      this.gateway.tokens.push(message.token);
    }
  }

  private open(): void {
    if (this.readyState !== 0) return;
    if (this.gateway.isRefusing) {
      this.end(1006, '', false);
      return;
    }
    this.readyState = 1;
    this.emit('open', {});
    this.say({
      ...{ type: 'welcome', protocol: 1, version: '0.1.0', client: 'c1', source: 'simulated' },
      ...{ time: 0, cursor: 'e.0', heartbeatMs: 25_000, retentionMs: 120_000, user: null },
      expiresTime: null,
    });
  }

  private emit(type: string, event: object): void {
    for (const listener of this.listeners.get(type) ?? []) {
      Reflect.apply(listener, undefined, [event]);
    }
  }
}

async function afterThisTurn(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
}

function record(kind: string, symbol: string, seq: number): Omit<PriceUpdate, 'type' | 'price'> {
  return {
    ...{ channel: `${kind}.${symbol}`, symbol, epoch: 'e', seq, source: 'simulated' },
    ...{ time: 1_000 * seq, status: 'live', receivedTime: 1_000 * seq - 5, ageMs: 5 },
    ...{ priceStatus: 'live', equalWeights: false, venueSpreadBps: 0.4, contributors: [] },
  };
}

export function priceUpdate(
  symbol: string,
  seq: number,
  price: number | null = 43_250 + seq,
  status: WireStatus = 'live',
): PriceUpdate {
  return {
    ...record('price', symbol, seq),
    ...{ type: 'price_update', status },
    price: {
      ...{ price, change: 250, changePercent: 0.58, volume: 1_000.5, quoteVolume: 43_000_000 },
      ...{ high: 44_000, low: 42_000, timestamp: 1_000 * seq - 5 },
    },
  };
}

export function orderbookUpdate(symbol: string, seq: number): OrderbookUpdate {
  const { channel, epoch, source, time, status, receivedTime, ageMs } = record(
    'orderbook',
    symbol,
    seq,
  );
  return {
    ...{ channel, symbol, epoch, seq, source, time, status, receivedTime, ageMs },
    ...{ type: 'orderbook_update', venue: null, parts: [], crossed: null },
    bids: [43_249, 43_248, 43_247].map((price) => ({ price, size: 1, timestamp: time })),
    asks: [43_251, 43_252, 43_253].map((price) => ({ price, size: 2, timestamp: time })),
  };
}

export function tradeUpdate(
  symbol: string,
  seq: number,
  side: TradeUpdate['trade']['side'] = 'buy',
): TradeUpdate {
  const { channel, epoch, source, time } = record('trades', symbol, seq);
  return {
    ...{ channel, symbol, epoch, seq, source, time, type: 'trade_update' },
    trade: {
      ...{ id: `t${seq}`, venue: 'okx', price: 43_250, size: 0.1, side },
      ...{ timestamp: time, receivedTime: time + 3, late: false, outlier: false },
    },
  };
}

export function tickerUpdate(symbol: string, seq: number): TickerUpdate {
  const { channel, epoch, source, time, status, receivedTime, ageMs } = record(
    'ticker',
    symbol,
    seq,
  );
  return {
    ...{ channel, symbol, epoch, seq, source, time, status, receivedTime, ageMs },
    ...{ type: 'ticker_update', venues: [] },
    ticker: {
      ...{ last: 43_250, open: 43_000, high: 44_000, low: 42_000, volume: 1_000.5 },
      ...{ quoteVolume: 43_000_000, timestamp: time },
    },
  };
}
