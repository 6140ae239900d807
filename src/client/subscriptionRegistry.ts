import { readChannelWords } from '../shared/gateway/channelIds.ts';
import { gatewayLimits } from '../shared/gateway/limits.ts';
import type { ChannelFilters } from '../shared/gateway/requests.ts';
import type { RejectedChannel, SubscribedMessage, WireUpdate } from '../shared/gateway/wire.ts';
import type { GatewayError } from '../shared/gateway/errors.ts';
import type { SubscriptionStatus, SubscriptionView } from './clientContract.ts';
import type { Consumer } from './consumer.ts';
import { resolveAccepted } from './resolveAccepted.ts';
import { normalizeChannelText } from './wireKinds.ts';

/** What the gateway is asked for on one channel: what its consumers want together. */
export interface WireSubscription {
  readonly channel: string;
  readonly rate: number | null;
  readonly depth: number | null;
  readonly filters: ChannelFilters | null;
}

interface Entry {
  readonly requested: string;
  readonly consumers: Set<Consumer>;
  /** Canonical once confirmed. */
  channel: string;
  status: SubscriptionStatus;
  error: GatewayError | null;
  wire: string;
}

export interface RegistryChange {
  readonly added: readonly WireSubscription[];
  readonly removed: readonly string[];
}

export interface RegistryOptions {
  readonly defaultRate: number | null;
  /** Told once per turn for all changes in it. */
  readonly onChange: (change: RegistryChange) => void;
  readonly onStatus: (view: SubscriptionView) => void;
  /** From here on the gateway leaves nothing of the channel out. */
  readonly onUnfiltered: (channel: string) => void;
}

const fastestRate = gatewayLimits.maxRatePerSec;
const slowestRate = 0.01;

function highest(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

function viewOf({ requested, channel, status, consumers, error }: Entry): SubscriptionView {
  return { requested, channel, status, consumers: consumers.size, error };
}

/** The live set of subscriptions. It outlives connections: each new one is told all of it, once each. */
export class SubscriptionRegistry {
  private readonly options: RegistryOptions;
  private readonly entries = new Map<string, Entry>();
  /** Entries whose channel is this one: an alias and the id itself may both be asked for. */
  private readonly entriesByChannel = new Map<string, Set<Entry>>();
  private readonly touched = new Set<string>();
  private readonly left = new Set<string>();
  /** Of these the gateway leaves out what no consumer wants, as far as is known here. */
  private readonly filtered = new Set<string>();
  private isScheduled = false;

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  /** Throws on what can be no channel. */
  add(text: string, consumer: Consumer): string {
    const requested = normalizeChannelText(text);
    const words = readChannelWords(requested);
    // One listener for every market there is would not know of what it hears.
    if (words === null || words.symbol === '*') {
      throw new TypeError(
        `${JSON.stringify(text)} is no channel: write price.BTC-USDT, orderbook.BTC-USDT@okx, trades.BTC-USDT, ticker.BTC-USDT, candles.BTC-USDT.1m, gaps or health.`,
      );
    }
    let entry = this.entries.get(requested);
    if (entry === undefined) {
      entry = {
        requested,
        consumers: new Set(),
        channel: requested,
        status: 'waiting',
        error: null,
        wire: '',
      };
      this.entries.set(requested, entry);
      this.link(entry);
    }
    entry.consumers.add(consumer);
    this.touch(requested);
    return requested;
  }

  remove(requested: string, consumer: Consumer): void {
    const entry = this.entries.get(requested);
    if (entry === undefined || !entry.consumers.delete(consumer)) return;
    consumer.close();
    this.touch(requested);
  }

  /** Channels that are asked for. */
  get size(): number {
    const asked = this.views().filter(({ status }) => status !== 'rejected');
    return new Set(asked.map(({ channel }) => channel)).size;
  }

  views(): readonly SubscriptionView[] {
    return [...this.entries.values()].filter(({ consumers }) => consumers.size > 0).map(viewOf);
  }

  /** Once per channel; what was refused is asked for again, the reason may be gone. */
  wanted(): readonly WireSubscription[] {
    const channels = new Map<string, WireSubscription>();
    for (const entry of this.entries.values()) {
      if (entry.consumers.size > 0) channels.set(entry.channel, this.wishOf(entry.channel));
    }
    return [...channels.values()];
  }

  channelOf(text: string): string {
    const requested = normalizeChannelText(text);
    return this.entries.get(requested)?.channel ?? requested;
  }

  isWanted(channel: string): boolean {
    for (const { consumers } of this.entriesByChannel.get(channel) ?? []) {
      if (consumers.size > 0) return true;
    }
    return false;
  }

  isFiltered(channel: string): boolean {
    return this.filtered.has(channel);
  }

  deliver(update: WireUpdate, isDoubt: boolean): void {
    for (const entry of [...(this.entriesByChannel.get(update.channel) ?? [])]) {
      for (const consumer of [...entry.consumers]) consumer.deliver(update, isDoubt);
    }
  }

  /** `asked`: the channels of the request that this answers, in its order. */
  confirm(asked: readonly string[], answer: SubscribedMessage): void {
    const rejections = new Map(answer.rejected.map((each) => [each.channel, each]));
    const channels = resolveAccepted(asked, answer.accepted);
    for (const channel of asked) {
      const rejection = rejections.get(channel) ?? null;
      this.settle(
        channel,
        rejection === null ? (channels.get(channel) ?? channel) : null,
        rejection,
      );
    }
  }

  refuse(asked: readonly string[], error: GatewayError): void {
    for (const channel of asked) this.settle(channel, null, { ...error, channel });
  }

  /** What a snapshot says that an alias means. */
  resolveAlias(asked: string, channel: string): void {
    for (const entry of [...(this.entriesByChannel.get(asked) ?? [])]) this.rename(entry, channel);
  }

  /** Gathered records go out now: no timer stays. */
  flush(): void {
    for (const { consumers } of this.entries.values()) {
      for (const consumer of consumers) consumer.flush();
    }
  }

  /** The connection is gone: nothing is confirmed any more. */
  unconfirm(): void {
    for (const entry of this.entries.values()) {
      if (entry.status === 'subscribed') entry.status = 'waiting';
    }
  }

  private settle(asked: string, channel: string | null, rejection: RejectedChannel | null): void {
    for (const entry of [...(this.entriesByChannel.get(asked) ?? [])]) {
      entry.status = channel === null ? 'rejected' : 'subscribed';
      entry.error = rejection;
      if (channel !== null) this.rename(entry, channel);
      this.options.onStatus(viewOf(entry));
    }
    if (channel === null || !this.filtered.has(channel)) return;
    if (this.wireOf(channel).filters !== null) return;
    this.filtered.delete(channel);
    this.options.onUnfiltered(channel);
  }

  private rename(entry: Entry, channel: string): void {
    if (channel === entry.channel) return;
    this.unlink(entry);
    if (this.filtered.delete(entry.channel)) this.filtered.add(channel);
    entry.channel = channel;
    this.link(entry);
    // The gateway has the channel under its id now: the same wish is not sent again.
    entry.wire = JSON.stringify(this.wireOf(channel));
  }

  private link(entry: Entry): void {
    const linked = this.entriesByChannel.get(entry.channel) ?? new Set();
    this.entriesByChannel.set(entry.channel, linked.add(entry));
  }

  private unlink(entry: Entry): void {
    const linked = this.entriesByChannel.get(entry.channel);
    linked?.delete(entry);
    if (linked?.size === 0) this.entriesByChannel.delete(entry.channel);
  }

  private wireOf(channel: string): WireSubscription {
    const consumers = [...(this.entriesByChannel.get(channel) ?? [])].flatMap((entry) => [
      ...entry.consumers,
    ]);
    const rates = consumers.map(({ options, intervalMs }) => {
      const own = intervalMs > 0 ? 1_000 / intervalMs : undefined;
      const rate = options.rate ?? own ?? this.options.defaultRate ?? undefined;
      // Paces beyond what a gateway offers are kept here, by the consumer.
      return rate === undefined ? undefined : Math.min(Math.max(rate, slowestRate), fastestRate);
    });
    // One consumer without a wish gets the gateway's usual rate, whatever slower ones asked for.
    const rate = rates.includes(undefined) ? null : highest(rates);
    const filters = new Set(
      consumers.map(({ options }) => JSON.stringify(options.filters ?? null)),
    );
    return {
      channel,
      rate,
      depth: highest(consumers.map(({ options }) => options.depth)),
      filters: filters.size === 1 ? (consumers[0]?.options.filters ?? null) : null,
    };
  }

  /** As it goes out: from the moment of a filter on something may be left out. */
  private wishOf(channel: string): WireSubscription {
    const wish = this.wireOf(channel);
    if (wish.filters !== null) this.filtered.add(channel);
    return wish;
  }

  private touch(requested: string): void {
    this.touched.add(requested);
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      this.publish();
    });
  }

  private publish(): void {
    const added = new Map<string, WireSubscription>();
    for (const requested of this.touched) {
      const entry = this.entries.get(requested);
      if (entry === undefined) continue;
      if (entry.consumers.size === 0) this.forget(entry);
      else if (this.isChanged(entry)) added.set(entry.channel, this.wishOf(entry.channel));
    }
    this.touched.clear();
    const removed = [...this.left].filter((channel) => !this.isWanted(channel));
    this.left.clear();
    if (added.size > 0 || removed.length > 0) {
      this.options.onChange({ added: [...added.values()], removed });
    }
  }

  private isChanged(entry: Entry): boolean {
    const wire = JSON.stringify(this.wireOf(entry.channel));
    if (entry.wire === wire) return false;
    for (const linked of this.entriesByChannel.get(entry.channel) ?? []) linked.wire = wire;
    return true;
  }

  private forget(entry: Entry): void {
    this.entries.delete(entry.requested);
    this.unlink(entry);
    if (!this.entriesByChannel.has(entry.channel)) this.filtered.delete(entry.channel);
    // Nothing was ever asked for: it came and went in one turn.
    if (entry.wire !== '') this.left.add(entry.channel);
  }
}
