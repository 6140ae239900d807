import type {
  CandleUpdateRecord,
  HealthUpdate,
  TradeUpdate,
  WireStatus,
  WireUpdate,
} from '../shared/gateway/wire.ts';
import type { EpochMs } from '../shared/market.ts';
import { shareStructure } from './shareStructure.ts';
import { isEventUpdate } from './wireKinds.ts';

export const cachedTradesLimit = 100;

/** `snapshot`: by REST; never replaces what a stream said. */
export type UpdateOrigin = 'stream' | 'snapshot';

type JudgedUpdate = Exclude<WireUpdate, TradeUpdate | HealthUpdate | { type: 'gap_update' }>;

interface Held {
  readonly update: JudgedUpdate | HealthUpdate;
  readonly receivedMs: number;
  readonly origin: UpdateOrigin;
  /** By us, because the way to it was lost: the same record again makes it good. */
  readonly isMarked: boolean;
}

interface Applied {
  readonly origin: UpdateOrigin;
  /** When the message with it was written: what is replayed is older than its own record says. */
  readonly time: EpochMs;
  readonly nowMs: number;
}

interface Aged {
  readonly ageMs: number;
  readonly receivedMs: number;
}

const noTrades: readonly TradeUpdate[] = [];

/**
 * The newest values of each channel. A value never goes back in time, and none outlives its connection without saying so.
 */
export class MarketCache {
  private readonly heldByChannel = new Map<string, Held>();
  private readonly tradesByChannel = new Map<string, readonly TradeUpdate[]>();
  private readonly newestTradeByChannel = new Map<string, Aged>();
  private readonly brokenChannels = new Set<string>();

  get(channel: string): WireUpdate | null {
    return this.heldByChannel.get(channel)?.update ?? null;
  }

  values(): readonly WireUpdate[] {
    return [...this.heldByChannel.values()].map(({ update }) => update);
  }

  trades(channel: string): readonly TradeUpdate[] {
    return this.tradesByChannel.get(channel) ?? noTrades;
  }

  has(channel: string): boolean {
    return this.heldByChannel.has(channel) || this.tradesByChannel.has(channel);
  }

  /** Of its newest record, counted on after it came; null without one. */
  ageMs(channel: string, nowMs: number): number | null {
    const trade = this.newestTradeByChannel.get(channel);
    if (trade !== undefined) return trade.ageMs + nowMs - trade.receivedMs;
    const held = this.heldByChannel.get(channel);
    if (held === undefined) return null;
    const { update, receivedMs } = held;
    const ownMs = 'ageMs' in update ? update.ageMs : 0;
    return ownMs === null ? null : ownMs + nowMs - receivedMs;
  }

  isWhole(channel: string): boolean {
    return !this.brokenChannels.has(channel);
  }

  /** Events are missing in these; null: in all that are held. */
  markBroken(channels: readonly string[] | null): void {
    const all = [...this.heldByChannel.keys(), ...this.tradesByChannel.keys()];
    for (const channel of channels ?? all) this.brokenChannels.add(channel);
  }

  /** The record as it is held now, or null: it is old, or had come before. */
  apply(update: WireUpdate, { origin, time, nowMs }: Applied): WireUpdate | null {
    if (update.type === 'gap_update') return update;
    if (update.type === 'trade_update') return this.push(update, time, nowMs);
    const held = this.heldByChannel.get(update.channel);
    if (held === undefined) {
      this.heldByChannel.set(update.channel, held0(update, origin, nowMs));
      return update;
    }
    if (!follows(held, update, origin)) return isEventUpdate(update) ? update : null;
    const shared = shareStructure(held.update, update);
    this.heldByChannel.set(update.channel, held0(shared, origin, nowMs));
    return shared;
  }

  /** All that can be judged gets this status: the way to it is lost, or it is read anew. Returns what changed. */
  mark(status: WireStatus, note: string, channels: readonly string[] | null): WireUpdate[] {
    const changed: WireUpdate[] = [];
    for (const [channel, held] of this.heldByChannel) {
      if (channels !== null && !channels.includes(channel)) continue;
      if (held.update.type === 'health_update') {
        // Nobody knows how the venues are without a way to the gateway.
        this.heldByChannel.delete(channel);
        continue;
      }
      if (held.update.status === 'none') continue;
      const marked = markOf(held.update, status, note);
      this.heldByChannel.set(channel, { ...held, update: marked, isMarked: true });
      if (held.update.status !== status) changed.push(marked);
    }
    return changed;
  }

  forget(channel: string): void {
    this.heldByChannel.delete(channel);
    this.tradesByChannel.delete(channel);
    this.newestTradeByChannel.delete(channel);
    this.brokenChannels.delete(channel);
  }

  /** The data is of another source: nothing of it may be mixed. */
  clear(): void {
    this.heldByChannel.clear();
    this.tradesByChannel.clear();
    this.newestTradeByChannel.clear();
    this.brokenChannels.clear();
  }

  private push(update: TradeUpdate, time: EpochMs, nowMs: number): TradeUpdate {
    const before = this.trades(update.channel);
    // A snapshot may have had it before the stream.
    const isHeld = before.some(({ epoch, seq }) => epoch === update.epoch && seq === update.seq);
    if (isHeld) return update;
    const aged = { ageMs: Math.max(0, time - update.trade.receivedTime), receivedMs: nowMs };
    const newestMs = this.ageMs(update.channel, nowMs) ?? Number.POSITIVE_INFINITY;
    if (aged.ageMs <= newestMs) this.newestTradeByChannel.set(update.channel, aged);
    const kept = before.length < cachedTradesLimit ? before : before.slice(1 - cachedTradesLimit);
    this.tradesByChannel.set(update.channel, [...kept, update]);
    return update;
  }
}

function held0(update: Held['update'], origin: UpdateOrigin, receivedMs: number): Held {
  return { update, origin, receivedMs, isMarked: false };
}

function markOf(update: JudgedUpdate, status: WireStatus, note: string): JudgedUpdate {
  return update.type === 'candle_update' ? { ...update, status } : { ...update, status, note };
}

function follows(held: Held, update: WireUpdate, origin: UpdateOrigin): boolean {
  const { update: before, isMarked } = held;
  if (before.type === 'candle_update' && update.type === 'candle_update') {
    return candleFollows(before, update, isMarked);
  }
  if (before.epoch !== update.epoch) {
    // What the stream says is the present, whoever publishes it; a snapshot may have been long on its way.
    return origin === 'stream' || (held.origin === 'snapshot' && update.time >= before.time);
  }
  return isMarked ? update.seq >= before.seq : update.seq > before.seq;
}

function candleFollows(
  before: CandleUpdateRecord,
  update: CandleUpdateRecord,
  isMarked: boolean,
): boolean {
  const { openTime, closed } = update.candle;
  if (openTime !== before.candle.openTime) return openTime > before.candle.openTime;
  if (before.candle.closed !== closed) return closed;
  if (before.epoch !== update.epoch) return true;
  return isMarked ? update.seq >= before.seq : update.seq > before.seq;
}
