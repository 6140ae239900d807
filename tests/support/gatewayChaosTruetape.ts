import { WebSocket } from 'ws';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import type {
  FetchLike,
  SocketConstructor,
  Subscription,
  TruetapeClient,
} from '../../src/client/clientContract.ts';
import type { ChannelId } from '../../src/shared/gateway/channelIds.ts';
import type { Random } from '../shared/randomValues.ts';
import type { ChaosClient, ChaosWorld } from './gatewayChaosClient.ts';
import {
  DueGap,
  drawChannels,
  drawCutMs,
  newCounts,
  rates,
  retentionMs,
} from './gatewayChaosClient.ts';
import { chaosMarkets, eventChannels, priceChannels } from './gatewayChaosFeed.ts';
import { ClientLedger, ordinalOf } from './gatewayChaosLedger.ts';
import { Dialer, fetchOver } from './gatewayChaosNet.ts';
import type { Wire } from './gatewayChaosNet.ts';
import { chaosToken } from './gatewayChaosServer.ts';

const restTrustMs = 5_000;

/** The package's own client: it finds out by itself that it was cut, and comes back by whatever way there is. */
export class TruetapeChaosClient implements ChaosClient {
  readonly name: string;
  readonly ledger: ClientLedger;
  readonly counts = newCounts();
  readonly #world: ChaosWorld;
  readonly #random: Random;
  readonly #dialer: Dialer<Wire>;
  readonly #client: TruetapeClient;
  readonly #due: DueGap;
  readonly #held = new Map<ChannelId, Subscription>();
  #gateway: number;
  #lastEventMs: number | null = null;
  #isAway = false;
  #backMs = 0;
  #stallEndMs: number | null = null;
  #blockedUntilMs = { websocket: 0, sse: 0 };
  #isCalm = false;
  readonly #liveSinceMs = new Map<string, number>();

  constructor(name: string, world: ChaosWorld, random: Random) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    this.ledger = new ClientLedger(name, world);
    this.#due = new DueGap(name, world, this.counts);
    this.#gateway = random.below(world.gateways);
    this.#dialer = new Dialer(() => (this.#isAway ? null : world.dial(this.#gateway)));
    this.#client = this.#create();
    for (const channel of drawChannels(random)) this.#subscribe(channel);
    this.#client.connect().catch(() => undefined);
  }

  get isStalled(): boolean {
    return this.#stallEndMs !== null;
  }

  step(): void {
    const nowMs = this.#world.clock.monotonicMs();
    if (this.#stallEndMs !== null && nowMs >= this.#stallEndMs) this.#stall(null);
    if (this.#client.isConnected) this.#liveSinceMs.clear();
    else this.#expectStale('not connected');
    if (this.#isAway) {
      if (nowMs >= this.#backMs) this.#isAway = false;
      return;
    }
    if (this.#isCalm) return;
    const random = this.#random;
    const isTime = (everyMs: number): boolean => random.chance(rates.stepMs / everyMs);
    if (isTime(rates.cutEveryMs)) this.#cut(drawCutMs(random));
    else if (isTime(rates.moveEveryMs)) this.#block();
    else if (this.#world.mayStall && isTime(rates.stallEveryMs))
      this.#stall(nowMs + 2_000 + random.below(18_000));
    else if (isTime(rates.changeEveryMs)) this.#change();
  }

  owe(): void {
    if (this.#lastEventMs !== null) this.#due.owe();
  }

  mayHaveGap(): void {
    this.#due.allow([...eventChannels, ...priceChannels]);
  }

  calm(): void {
    this.#isCalm = true;
    this.#isAway = false;
    this.#blockedUntilMs = { websocket: 0, sse: 0 };
    this.#stall(null);
  }

  checkStale(): void {
    if (this.#client.isConnected && !this.isStalled && !this.#isAway) this.#expectStale('lost');
  }

  finish(): void {
    this.#due.finish();
    this.ledger.finish();
    if (!this.#client.isConnected) this.#say(`did not come back: ${this.#client.state}`);
    for (const market of chaosMarkets) {
      if (!this.#held.has(`price.${market}`)) continue;
      const held = this.#client.getPrice(market);
      const right = this.#world.prices.get(market);
      if (held?.price.price !== right || held?.status !== 'live') {
        this.#say(`price of ${market} is ${held?.price.price} (${held?.status}), not ${right}`);
      }
    }
  }

  close(): void {
    this.#client.disconnect();
    for (const wire of this.#dialer.connections) wire.destroy();
  }

  #say(problem: string): void {
    this.#world.complain(`${this.name} (${this.#client.transport}): ${problem}`);
  }

  #create(): TruetapeClient {
    const { clock } = this.#world;
    const client = createTruetapeClient({
      url: 'http://127.0.0.1:80',
      tokenProvider: () => this.#token(),
      probeIntervalMs: 30_000,
      encoding: this.#random.chance(0.5) ? 'json' : 'msgpack',
      ports: {
        clock,
        random: () => this.#random.next(),
        fetch: this.#fetch(),
        WebSocket: this.#sockets(),
      },
    });
    client.on('connected', () => {
      if (this.#lastEventMs !== null) this.#due.comeBack(clock.monotonicMs() - this.#lastEventMs);
    });
    client.on('subscription', ({ channel, status }) => {
      if (status === 'subscribed' && this.#held.has(channel)) this.ledger.subscribed(channel);
      if (status === 'rejected') this.#say(`${channel} was refused`);
    });
    client.on('gap', ({ reason, channels, firstSeq, lastSeq }) => {
      if (reason === 'hole') {
        this.#say(`a hole in ${channels?.join()}, from ${firstSeq} to ${lastSeq}`);
      } else {
        this.#lastEventMs = clock.monotonicMs();
        this.#due.told(reason, channels);
        this.ledger.resync(channels);
      }
    });
    client.on('error', ({ code, message }) => {
      if (code === 'LISTENER_FAILED' || code === 'DECODE_FAILED') this.#say(`${code} ${message}`);
    });
    return client;
  }

  #fetch(): FetchLike {
    const plain = fetchOver(this.#dialer);
    return (url, init) => {
      const isBlocked = this.#world.clock.monotonicMs() < this.#blockedUntilMs.sse;
      if (isBlocked && url.includes('/api/stream')) return Promise.reject(new Error('blocked'));
      return plain(url, init);
    };
  }

  #sockets(): SocketConstructor {
    const isBlocked = (): boolean =>
      this.#world.clock.monotonicMs() < this.#blockedUntilMs.websocket;
    const agent = this.#dialer;
    class MemorySocket extends WebSocket {
      constructor(url: string, protocols?: string | string[]) {
        if (isBlocked()) throw new Error('blocked');
        super(url, protocols, { agent });
      }
    }
    return MemorySocket;
  }

  #token(): string {
    this.counts.renewals += 1;
    return chaosToken(this.name, this.#world.clock.wallMs() + rates.tokenMs);
  }

  #subscribe(channel: ChannelId): void {
    const subscription = this.#client.subscribe(channel, {}, (update) => {
      if (update.type === 'price_update') return;
      this.#lastEventMs = this.#world.clock.monotonicMs();
      this.#due.heardEvent(ordinalOf(update));
      this.ledger.heard(update);
    });
    this.#held.set(channel, subscription);
  }

  /** A value by REST is right for a moment, also without a stream. */
  #expectStale(why: string): void {
    const nowMs = this.#world.clock.monotonicMs();
    for (const market of chaosMarkets) {
      if (this.#client.getPrice(market)?.status !== 'live') {
        this.#liveSinceMs.delete(market);
        continue;
      }
      const sinceMs = this.#liveSinceMs.get(market) ?? nowMs;
      this.#liveSinceMs.set(market, sinceMs);
      if (nowMs - sinceMs > restTrustMs) this.#say(`price of ${market} is shown as live: ${why}`);
    }
  }

  #cut(forMs: number): void {
    this.counts.cuts += 1;
    if (forMs > retentionMs) this.counts.longCuts += 1;
    this.#isAway = true;
    this.#stallEndMs = null;
    this.#backMs = this.#world.clock.monotonicMs() + forMs;
    const isSilent = this.#random.chance(0.5);
    for (const wire of this.#dialer.connections) {
      if (isSilent) wire.vanish();
      else {
        wire.stallIncoming(false);
        wire.destroy();
      }
    }
    if (this.#random.chance(0.5)) this.#gateway = this.#random.below(this.#world.gateways);
  }

  #block(): void {
    this.counts.moves += 1;
    const untilMs = this.#world.clock.monotonicMs() + 20_000 + this.#random.below(60_000);
    this.#blockedUntilMs = { websocket: untilMs, sse: this.#random.chance(0.5) ? untilMs : 0 };
    for (const wire of this.#dialer.connections) wire.destroy();
    this.#gateway = this.#random.below(this.#world.gateways);
  }

  #stall(endMs: number | null): void {
    if (endMs !== null && !this.isStalled) this.counts.stalls += 1;
    this.#stallEndMs = endMs;
    for (const wire of this.#dialer.connections) wire.stallIncoming(endMs !== null);
  }

  #change(): void {
    this.counts.changes += 1;
    const channel = this.#random.of([...eventChannels.slice(4), ...priceChannels]);
    const held = this.#held.get(channel);
    if (held === undefined) {
      this.#subscribe(channel);
      return;
    }
    this.#held.delete(channel);
    held.close();
    this.ledger.unsubscribed(channel);
  }
}
