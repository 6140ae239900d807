import type { ChannelId } from '../../src/shared/gateway/channelIds.ts';
import type { WireUpdate } from '../../src/shared/gateway/wire.ts';

/** Every event that was published, by what is in it: its number over all channels. */
export class PublishedEvents {
  readonly #indexByOrdinal = new Map<
    number,
    { readonly channel: ChannelId; readonly at: number }
  >();
  readonly #countByChannel = new Map<ChannelId, number>();
  #ordinal = 0;

  get total(): number {
    return this.#ordinal;
  }

  /** The number of the next event, which is published with it. */
  add(channel: ChannelId): number {
    this.#ordinal += 1;
    const at = this.countOf(channel);
    this.#countByChannel.set(channel, at + 1);
    this.#indexByOrdinal.set(this.#ordinal, { channel, at });
    return this.#ordinal;
  }

  countOf(channel: ChannelId): number {
    return this.#countByChannel.get(channel) ?? 0;
  }

  /** Null: no such event was published on this channel. */
  placeOf(channel: ChannelId, ordinal: number): number | null {
    const found = this.#indexByOrdinal.get(ordinal);
    return found?.channel === channel ? found.at : null;
  }
}

/** The number that an event was published with; null: it is state. */
export function ordinalOf(update: WireUpdate): number | null {
  switch (update.type) {
    case 'trade_update':
      return Number(update.trade.id);
    case 'candle_update':
      return update.candle.closed ? update.candle.trades : null;
    case 'gap_update':
      return update.gap.missing;
    default:
      return null;
  }
}

interface HeardChannel {
  isActive: boolean;
  /** Place of the newest event; null: none yet since it began, or since a marked gap. */
  last: number | null;
  /** The newest ever. */
  highest: number;
  /** The first event has to be this one or an earlier one. */
  bound: number;
  epoch: string;
  seq: number;
}

export interface LedgerCounts {
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  readonly resyncs: number;
}

/** What one client heard, held against all that was published. */
export class ClientLedger {
  readonly #name: string;
  readonly #published: PublishedEvents;
  readonly #complain: (problem: string) => void;
  readonly #channels = new Map<ChannelId, HeardChannel>();
  readonly #isUnsettled: () => boolean;
  #events = 0;
  #lost = 0;
  #doubled = 0;
  #resyncs = 0;
  #digest = 0;

  /** `isUnsettled`: nobody publishes some markets yet, and what happens there belongs to the gap that was marked. */
  constructor(
    name: string,
    world: {
      readonly published: PublishedEvents;
      readonly isUnsettled: () => boolean;
      complain(problem: string): void;
    },
  ) {
    this.#name = name;
    this.#published = world.published;
    this.#isUnsettled = world.isUnsettled;
    this.#complain = (problem) => world.complain(problem);
  }

  get counts(): LedgerCounts {
    return {
      ...{ events: this.#events, lost: this.#lost, doubled: this.#doubled },
      resyncs: this.#resyncs,
    };
  }

  /** The same for the same log of the same client. */
  get digest(): number {
    return this.#digest;
  }

  /** Confirmed: each later event has to come, and of earlier ones those that follow each other. */
  subscribed(channel: ChannelId): void {
    const held = this.#channels.get(channel);
    if (held?.isActive === true) return;
    const bound = this.#published.countOf(channel);
    const start = { isActive: true, last: null, bound, epoch: '', seq: 0 };
    this.#channels.set(channel, { ...start, highest: held?.highest ?? -1 });
  }

  unsubscribed(channel: ChannelId): void {
    const held = this.#channels.get(channel);
    if (held !== undefined) held.isActive = false;
  }

  resync(channels: readonly ChannelId[] | null): void {
    this.#resyncs += 1;
    this.#digest = (Math.imul(this.#digest, 31) + 7) >>> 0;
    for (const [channel, held] of this.#channels) {
      if (channels !== null && !channels.includes(channel)) continue;
      held.last = null;
      held.bound = this.#published.countOf(channel);
    }
  }

  heard(update: WireUpdate): void {
    const ordinal = ordinalOf(update);
    if (ordinal === null) return;
    const { channel, epoch, seq } = update;
    const at = this.#published.placeOf(channel, ordinal);
    const held = this.#channels.get(channel);
    this.#events += 1;
    this.#digest = (Math.imul(this.#digest, 31) + ordinal) >>> 0;
    if (at === null) {
      this.#say(`${channel}: event ${ordinal} was never published there`);
      return;
    }
    if (held === undefined || !held.isActive) {
      this.#say(`${channel}: event ${at} without a subscription`);
      return;
    }
    this.#place(channel, held, at);
    const isNext = held.epoch !== epoch || seq === held.seq + 1;
    if (held.last !== null && !isNext)
      this.#say(`${channel}: sequence ${seq} of ${epoch} after ${held.seq}`);
    held.last = at;
    held.highest = Math.max(held.highest, at);
    held.epoch = epoch;
    held.seq = seq;
  }

  /** All markets are published again: a gap that is still open ends here. */
  settled(): void {
    for (const [channel, held] of this.#channels) {
      if (held.last === null) held.bound = this.#published.countOf(channel);
    }
  }

  /** At rest: nothing that was published may be missing at the end. */
  finish(): void {
    for (const [channel, held] of this.#channels) {
      if (!held.isActive) continue;
      const missing = this.#published.countOf(channel) - 1 - (held.last ?? held.bound - 1);
      if (missing > 0) this.#lose(channel, missing, 'at the end');
    }
  }

  #place(channel: ChannelId, { last, highest, bound }: HeardChannel, at: number): void {
    if (at <= highest) {
      this.#doubled += 1;
      this.#say(`${channel}: event ${at} came twice, ${highest} was there`);
    } else if (last !== null && at > last + 1) {
      this.#lose(channel, at - last - 1, `between ${last} and ${at}`);
    } else if (last === null && at > bound && !this.#isUnsettled()) {
      this.#lose(channel, at - bound, `before the first, ${at}, where ${bound} was due`);
    }
  }

  #lose(channel: ChannelId, missing: number, where: string): void {
    this.#lost += missing;
    this.#say(`${channel}: ${missing} lost ${where}`);
  }

  #say(problem: string): void {
    this.#complain(`${this.#name}: ${problem}`);
  }
}
