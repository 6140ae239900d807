import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ServerMessage, WireUpdate } from '../../src/shared/gateway/wire.ts';
import { isEventUpdate } from '../../src/client/wireKinds.ts';
import type { Random } from '../shared/randomValues.ts';
import { linkKinds, openLink } from './gatewayChaosLinks.ts';
import type { Link, LinkKind } from './gatewayChaosLinks.ts';
import { Dialer } from './gatewayChaosNet.ts';

const common = ['price.BTC-USDT', 'gaps'];

/** A gateway that clients can come to. */
export interface Served {
  readonly port: number;
  readonly key: string;
}

export interface RealWorld {
  readonly random: Random;
  gateway(): Served;
  complain(problem: string): void;
}

/** Holds its events to their own sequences: there is nobody else to know them. */
export class RealClient {
  readonly name: string;
  readonly kind: LinkKind;
  events = 0;
  lost = 0;
  doubled = 0;
  resyncs = 0;
  reconnects = 0;
  lastHeardMs = 0;
  isStalled = false;
  readonly #world: RealWorld;
  #served: Served | null = null;
  #link: Link | null = null;
  #cursor: string | null = null;
  #isClosed = false;
  #price: Extract<WireUpdate, { readonly type: 'price_update' }> | null = null;
  readonly #channels: readonly string[];
  readonly #places = new Map<string, { epoch: string; seq: number } | null>();
  readonly #gaps = new Map<string, number>();
  readonly #dialer: Dialer<Socket>;

  constructor(number: number, world: RealWorld) {
    this.name = `c${number}`;
    this.kind = linkKinds[number % linkKinds.length] ?? 'websocket';
    this.#world = world;
    this.#channels = [number % 2 === 0 ? 'trades.BTC-USDT' : 'trades.ETH-USDT', ...common];
    // Each from an address of its own, as from machines of their own: so many of one would be a flood.
    const localAddress = `127.0.${1 + (number >> 7)}.${1 + (number & 127)}`;
    this.#dialer = new Dialer<Socket>(() => {
      const port = this.#served?.port ?? 0;
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined);
      return socket;
    });
    this.#connect();
  }

  get isLive(): boolean {
    return this.#price?.status === 'live' || this.#price?.status === 'single';
  }

  get isConnected(): boolean {
    return this.#link !== null;
  }

  /** Marked since this was asked last, by channel. */
  takeGaps(): ReadonlyMap<string, number> {
    const gaps = new Map(eventsOf(this.#channels).map((id) => [id, this.#gaps.get(id) ?? 0]));
    this.#gaps.clear();
    return gaps;
  }

  stall(isStalled: boolean): void {
    this.isStalled = isStalled;
    for (const socket of this.#dialer.connections) {
      if (isStalled) socket.pause();
      else socket.resume();
    }
  }

  cut(): void {
    for (const socket of this.#dialer.connections) socket.destroy();
  }

  close(): void {
    this.#isClosed = true;
    this.#link?.close();
    this.cut();
  }

  #connect(): void {
    if (this.#isClosed) return;
    this.#served = this.#world.gateway();
    const { port, key } = this.#served;
    this.#link = openLink(this.kind, {
      agent: this.#dialer,
      origin: `http://127.0.0.1:${port}`,
      ...{ token: key, channels: this.#channels, cursor: this.#cursor, rate: 5 },
      onMessage: (message) => this.#take(message),
      onCursor: (cursor) => {
        this.#cursor = cursor;
      },
      onEnd: () => {
        this.#link = null;
        this.#price = null;
        this.reconnects += 1;
        setTimeout(() => this.#connect(), 500 + this.#world.random.below(2_000));
      },
    });
  }

  #take(message: ServerMessage): void {
    if (message.type === 'resync') {
      this.resyncs += 1;
      for (const channel of message.channels ?? this.#channels) {
        this.#places.set(channel, null);
        this.#gaps.set(channel, (this.#gaps.get(channel) ?? 0) + 1);
      }
    } else if (message.type === 'updates') {
      for (const update of message.updates) this.#hear(update);
    } else if (message.type === 'subscribed' && message.rejected.length > 0) {
      const [first] = message.rejected;
      this.#world.complain(`${this.name} (${this.kind}): ${first?.channel} refused ${first?.code}`);
    }
  }

  #hear(update: WireUpdate): void {
    this.lastHeardMs = performance.now();
    if (update.type === 'price_update') this.#price = update;
    if (!isEventUpdate(update)) return;
    this.events += 1;
    const { channel, epoch, seq } = update;
    const place = this.#places.get(channel) ?? null;
    this.#places.set(channel, { epoch, seq });
    if (place === null || (place.epoch === epoch && seq === place.seq + 1)) return;
    const isDoubled = place.epoch === epoch && seq <= place.seq;
    if (isDoubled) this.doubled += 1;
    else this.lost += place.epoch === epoch ? seq - place.seq - 1 : 1;
    const what = isDoubled ? 'doubled' : place.epoch === epoch ? 'lost' : 'unmarked epoch';
    this.#world.complain(
      `${this.name} (${this.kind}): ${what} on ${channel}: ${seq} of ${epoch} after ${place.seq} of ${place.epoch}`,
    );
  }
}

function eventsOf(channels: readonly string[]): readonly string[] {
  return channels.filter((channel) => !channel.startsWith('price.'));
}
