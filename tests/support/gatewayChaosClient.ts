import type { GatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import type { ChannelId } from '../../src/shared/gateway/channelIds.ts';
import type { ServerMessage, WireUpdate } from '../../src/shared/gateway/wire.ts';
import type { Random } from '../shared/randomValues.ts';
import { eventChannels, priceChannels } from './gatewayChaosFeed.ts';
import { ClientLedger, ordinalOf } from './gatewayChaosLedger.ts';
import type { PublishedEvents } from './gatewayChaosLedger.ts';
import { linkKinds, openLink } from './gatewayChaosLinks.ts';
import type { Link, LinkKind } from './gatewayChaosLinks.ts';
import { Dialer } from './gatewayChaosNet.ts';
import type { Wire } from './gatewayChaosNet.ts';
import { chaosToken } from './gatewayChaosServer.ts';

export const retentionMs = 120_000;
/** Around the retention a gap is neither due nor wrong: no cut is that long. */
const unclearMs = 45_000;
/** Longer than it takes another process to go on with a market. */
const leasesMovedMs = 15_000;

export interface ChaosWorld {
  readonly clock: GatewayClock;
  readonly published: PublishedEvents;
  readonly prices: ReadonlyMap<string, number>;
  /** Null: that gateway is gone. */
  dial(gateway: number): Wire | null;
  readonly gateways: number;
  readonly isUnsettled: () => boolean;
  readonly mayStall: boolean;
  complain(problem: string): void;
}

export interface ChaosClientCounts {
  cuts: number;
  longCuts: number;
  stalls: number;
  changes: number;
  renewals: number;
  moves: number;
  /** That were due, and came once. */
  marked: number;
}

export interface ChaosClient {
  readonly name: string;
  readonly ledger: ClientLedger;
  readonly counts: ChaosClientCounts;
  readonly isStalled: boolean;
  /** Perhaps something happens to it. */
  step(): void;
  /** Something was lost for everyone: it has to be told once. */
  owe(): void;
  /** Something may be lost for it: each of its channels may be told of it once. */
  mayHaveGap(): void;
  /** Nothing more happens to it: it comes back, and stays. */
  calm(): void;
  /** What it shows must not look live now. */
  checkStale(): void;
  /** At rest. */
  finish(): void;
  close(): void;
}

export const rates = {
  stepMs: 250,
  cutEveryMs: 90_000,
  stallEveryMs: 150_000,
  changeEveryMs: 60_000,
  moveEveryMs: 200_000,
  tokenMs: 300_000,
} as const;

export function drawCutMs(random: Random): number {
  const drawn = random.next();
  if (drawn < 0.12) return 600_000;
  return drawn < 0.42 ? 30_000 : 3_000;
}

/** Trades of one market at least: its place in the log is never old while it is connected. */
export function drawChannels(random: Random): readonly ChannelId[] {
  const first = random.of(eventChannels.slice(0, 4));
  const rest = [...eventChannels, ...priceChannels].filter(() => random.chance(0.5));
  return [...new Set([first, ...rest])];
}

export function newCounts(): ChaosClientCounts {
  return { cuts: 0, longCuts: 0, stalls: 0, changes: 0, renewals: 0, moves: 0, marked: 0 };
}

/** Whether a gap is due, and that each comes once. */
export class DueGap {
  readonly #name: string;
  readonly #complain: (problem: string) => void;
  readonly #counts: ChaosClientCounts;
  readonly #published: PublishedEvents;
  #isDue = false;
  #isUnclear = false;
  #sinceOrdinal = 0;
  readonly #allowed = new Map<ChannelId, number>();
  #isWholeAllowed = false;
  #allowedMs = 0;
  readonly #nowMs: () => number;

  constructor(name: string, world: ChaosWorld, counts: ChaosClientCounts) {
    this.#name = name;
    this.#complain = (problem) => world.complain(problem);
    this.#published = world.published;
    this.#nowMs = () => world.clock.monotonicMs();
    this.#counts = counts;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  owe(): void {
    if (!this.#isDue) this.#sinceOrdinal = this.#published.total;
    this.#isDue = true;
  }

  /** It comes back with a place in the log of that age. */
  comeBack(ageMs: number): void {
    if (ageMs > retentionMs + unclearMs) this.owe();
    this.#isUnclear = Math.abs(ageMs - retentionMs) <= unclearMs;
  }

  allow(channels: Iterable<ChannelId>): void {
    this.#allowed.clear();
    for (const channel of channels) this.#allowed.set(channel, 1);
    this.#isWholeAllowed = true;
    this.#allowedMs = this.#nowMs();
  }

  told(reason: string, channels: readonly ChannelId[] | null): void {
    if (this.#isDue) this.#counts.marked += 1;
    else if (!this.#isUnclear && !this.#isAllowed(channels)) {
      const which = channels?.join() ?? 'all';
      this.#complain(`${this.#name}: a gap (${reason}, ${which}) where none was due`);
    }
    if (channels !== null) return;
    this.#isDue = false;
    this.#isUnclear = false;
  }

  /** Of all channels once; of each by itself once, unless all were told when the trouble was over. */
  #isAllowed(channels: readonly ChannelId[] | null): boolean {
    if (channels !== null) {
      const left = channels.map((channel) => (this.#allowed.get(channel) ?? 0) - 1);
      for (const [at, channel] of channels.entries()) this.#allowed.set(channel, left[at] ?? 0);
      return left.every((each) => each >= 0);
    }
    const isAllowed = this.#isWholeAllowed;
    this.#isWholeAllowed = false;
    if (this.#nowMs() - this.#allowedMs > leasesMovedMs) this.#allowed.clear();
    return isAllowed;
  }

  /** What was published before may still be on its way. */
  heardEvent(ordinal: number | null): void {
    if (!this.#isDue || (ordinal ?? 0) <= this.#sinceOrdinal) return;
    this.#complain(`${this.#name}: events go on without the gap that was due`);
    this.#isDue = false;
  }

  finish(): void {
    if (this.#isDue) this.#complain(`${this.#name}: the gap that was due did not come`);
  }
}

/** A program of its own, on any transport, that keeps its place and comes back with it. */
export class PlainClient implements ChaosClient {
  readonly name: string;
  readonly ledger: ClientLedger;
  readonly counts = newCounts();
  readonly #world: ChaosWorld;
  readonly #random: Random;
  readonly #dialer: Dialer<Wire>;
  readonly #due: DueGap;
  readonly #wanted = new Set<ChannelId>();
  readonly #prices = new Map<ChannelId, Extract<WireUpdate, { readonly type: 'price_update' }>>();
  #gateway: number;
  #kind: LinkKind;
  #link: Link | null = null;
  #generation = 0;
  #cursor: string | null = null;
  #cursorMs = 0;
  #backMs = 0;
  #stallEndMs: number | null = null;
  #connectedMs = 0;
  #isChanging = false;
  #isCalm = false;

  constructor(name: string, world: ChaosWorld, random: Random) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    this.ledger = new ClientLedger(name, world);
    this.#due = new DueGap(name, world, this.counts);
    this.#dialer = new Dialer(() => world.dial(this.#gateway));
    this.#gateway = random.below(world.gateways);
    this.#kind = random.of(linkKinds);
    for (const channel of drawChannels(random)) this.#wanted.add(channel);
  }

  get isStalled(): boolean {
    return this.#stallEndMs !== null;
  }

  step(): void {
    const nowMs = this.#world.clock.monotonicMs();
    if (this.#stallEndMs !== null && nowMs >= this.#stallEndMs) this.#stall(null);
    if (this.#link === null) {
      if (nowMs >= this.#backMs) this.#connect();
      return;
    }
    if (this.#isCalm) return;
    const random = this.#random;
    const isTime = (everyMs: number): boolean => random.chance(rates.stepMs / everyMs);
    if (isTime(rates.cutEveryMs)) this.#cut(drawCutMs(random));
    else if (isTime(rates.moveEveryMs)) this.#move();
    else if (this.#world.mayStall && isTime(rates.stallEveryMs))
      this.#stall(nowMs + 2_000 + random.below(18_000));
    else if (isTime(rates.changeEveryMs)) this.#change();
  }

  owe(): void {
    if (this.#cursor !== null) this.#due.owe();
  }

  mayHaveGap(): void {
    this.#due.allow([...eventChannels, ...priceChannels]);
  }

  calm(): void {
    this.#isCalm = true;
    this.#backMs = 0;
    this.#stall(null);
  }

  checkStale(): void {
    const isFresh = this.#world.clock.monotonicMs() - this.#connectedMs < 2_000;
    if (this.#link === null || this.isStalled || isFresh) return;
    for (const [channel, { status }] of this.#prices) {
      const isWanted = this.#wanted.has(channel) && !this.#isChanging;
      if (isWanted && status !== 'stale') {
        this.#say(`${channel} is shown as ${status} while the feed is lost`);
      }
    }
  }

  finish(): void {
    this.#due.finish();
    this.ledger.finish();
    for (const channel of this.#wanted) {
      if (!channel.startsWith('price.')) continue;
      const held = this.#prices.get(channel);
      const right = this.#world.prices.get(held?.symbol ?? '');
      if (held?.price.price !== right || held?.status !== 'live') {
        this.#say(`${channel} is ${held?.price.price} (${held?.status}), ${right} is right`);
      }
    }
  }

  close(): void {
    this.#drop(false);
  }

  #say(problem: string): void {
    this.#world.complain(`${this.name} (${this.#kind}): ${problem}`);
  }

  #connect(): void {
    const { clock } = this.#world;
    const nowMs = clock.monotonicMs();
    this.#generation += 1;
    const generation = this.#generation;
    // What it had before is not believed any more.
    this.#prices.clear();
    const isPresent = (): boolean => generation === this.#generation;
    for (const channel of [...eventChannels, ...priceChannels]) {
      if (this.#wanted.has(channel)) continue;
      this.ledger.unsubscribed(channel);
      this.#prices.delete(channel);
    }
    if (this.#cursor !== null) this.#due.comeBack(nowMs - this.#cursorMs);
    this.#connectedMs = nowMs;
    this.#isChanging = false;
    this.#link = openLink(this.#kind, {
      agent: this.#dialer,
      origin: 'http://127.0.0.1:80',
      token: this.#token(),
      channels: [...this.#wanted],
      cursor: this.#cursor,
      rate: 10,
      onMessage: (message) => {
        if (isPresent()) this.#take(message);
      },
      onCursor: (cursor) => {
        if (!isPresent()) return;
        this.#cursor = cursor;
        this.#cursorMs = clock.monotonicMs();
      },
      onEnd: () => {
        if (!isPresent()) return;
        this.#drop(false);
        this.#backMs = clock.monotonicMs() + 1_000;
        if (this.#random.chance(0.5)) this.#gateway = this.#random.below(this.#world.gateways);
      },
    });
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'subscribed':
        for (const channel of message.accepted) this.ledger.subscribed(channel);
        for (const { channel, code } of message.rejected) this.#say(`${channel} refused: ${code}`);
        this.#isChanging = false;
        return;
      case 'unsubscribed':
        for (const channel of message.removed) {
          this.ledger.unsubscribed(channel);
          this.#prices.delete(channel);
        }
        this.#isChanging = false;
        return;
      case 'resync':
        this.#due.told(message.reason, message.channels);
        this.ledger.resync(message.channels);
        return;
      case 'updates':
        for (const update of message.updates) this.#hear(update);
        return;
      case 'status':
        if (message.status === 'expiring') this.#renew();
        return;
      default:
        return;
    }
  }

  #hear(update: WireUpdate): void {
    if (update.type === 'price_update') {
      this.#prices.set(update.channel, update);
      return;
    }
    this.#due.heardEvent(ordinalOf(update));
    this.ledger.heard(update);
  }

  #token(): string {
    const { clock } = this.#world;
    return chaosToken(this.name, clock.wallMs() + rates.tokenMs);
  }

  /** Some forget it, and are let go. */
  #renew(): void {
    if (!this.#isCalm && this.#random.chance(0.3)) return;
    this.counts.renewals += 1;
    if (this.#link?.renew(this.#token()) !== true) this.#comeAnew();
  }

  #comeAnew(): void {
    this.#drop(false);
    this.#backMs = 0;
  }

  #move(): void {
    this.counts.moves += 1;
    this.#comeAnew();
    this.#kind = this.#random.of(linkKinds);
    this.#gateway = this.#random.below(this.#world.gateways);
  }

  #cut(forMs: number): void {
    this.counts.cuts += 1;
    if (this.#link?.kind === 'poll' && this.#random.chance(0.4)) {
      // Only the answer is lost: the session goes on.
      const { connections } = this.#dialer;
      for (const wire of connections) wire.stallIncoming(true);
      this.#world.clock.after(3_000, () => {
        for (const wire of connections) wire.destroy();
      });
      return;
    }
    if (forMs > retentionMs) this.counts.longCuts += 1;
    this.#drop(this.#random.chance(0.5));
    this.#backMs = this.#world.clock.monotonicMs() + forMs;
    if (!this.#random.chance(0.5)) return;
    this.#kind = this.#random.of(linkKinds);
    this.#gateway = this.#random.below(this.#world.gateways);
  }

  /** `isSilent`: the gateway is not told. */
  #drop(isSilent: boolean): void {
    this.#generation += 1;
    this.#stallEndMs = null;
    this.#link?.close();
    this.#link = null;
    for (const wire of this.#dialer.connections) {
      if (isSilent) wire.vanish();
      else wire.stallIncoming(false);
      wire.destroy();
    }
  }

  #stall(endMs: number | null): void {
    if ((endMs !== null) !== this.isStalled && endMs !== null) this.counts.stalls += 1;
    this.#stallEndMs = endMs;
    for (const wire of this.#dialer.connections) wire.stallIncoming(endMs !== null);
  }

  #change(): void {
    if (this.#isChanging) return;
    this.counts.changes += 1;
    const channel = this.#random.of([...eventChannels.slice(4), ...priceChannels]);
    const isWanted = this.#wanted.delete(channel);
    if (!isWanted) this.#wanted.add(channel);
    const type = isWanted ? 'unsubscribe' : 'subscribe';
    const more = isWanted ? {} : { rate: 10 };
    this.#isChanging = this.#link?.send({ type, channels: [channel], ...more }) === true;
    if (!this.#isChanging) this.#comeAnew();
  }
}
