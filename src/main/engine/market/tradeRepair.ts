import type { GapRecord } from '../../../shared/feedHealth.ts';
import { DecodeError } from '../errors.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type { Tape, TapeHole, TapeOutcome } from '../tape/tape.ts';
import type { RestRequest, RestTrade } from '../venues/venue.ts';
import type { MarketContext } from './marketContext.ts';

const retryMs = 2_000;
const maxRetries = 5;
/** Pages of older trades for one gap: ten thousand trades where a page holds a hundred. */
const maxPages = 100;

export interface TradeRepairSaved {
  readonly open: OpenGap | null;
  readonly refilling: boolean;
  readonly attempt: number;
  readonly subscribed: boolean;
  readonly overlaps: boolean;
  readonly refills: number;
  readonly pages: number;
}

/** A stretch in which trades may be missing, until ids or the venue's REST say more. */
interface OpenGap {
  readonly id: number;
  /** Last trade before it. */
  readonly lastId: string | null;
  readonly lastTradeTime: number;
  /** Receive time of the first trade after it; null while none came. */
  readonly resumedTime: number | null;
  /** Trades that REST has brought for it. */
  readonly filled: number;
}

/** Which question of which gap an answer belongs to. */
export interface RefillQuestion {
  readonly gapId: number;
  readonly attempt: number;
}

/** What a page of trades brought; `oldestId` null: nothing to go on from. */
interface FilledPage {
  readonly reached: boolean;
  readonly filled: number;
  readonly oldestId: string | null;
}

/** The tape that is repaired. */
export interface RepairedTape {
  readonly tape: Tape;
  /** Newest time that the venue gave a trade. */
  readonly lastTradeTime: number;
  /** Null for a trade that cannot be kept exactly. */
  addFromRest(trade: RestTrade): TapeOutcome | null;
}

/** Holes in the trades of one instrument: proves them empty by ids, fills them by REST, or leaves them marked. */
export class TradeRepair {
  private readonly feed: VenueFeed;
  private readonly stream: Stream;
  private readonly venueSymbol: string;
  private readonly context: MarketContext;
  private readonly target: RepairedTape;
  private open: OpenGap | null = null;
  private refilling = false;
  /** Number of the newest question about the open gap. */
  private attempt = 0;
  private subscribed = false;
  /**
   * Whether the topic flowed already when the refill was asked for, and nothing was missed since: else the answer may end
   * before what it is asked for.
   */
  private overlaps = false;
  private refills = 0;
  /** Pages of older trades since the last refill began. */
  private pages = 0;

  constructor(
    feed: VenueFeed,
    stream: Stream,
    venueSymbol: string,
    context: MarketContext,
    target: RepairedTape,
  ) {
    this.feed = feed;
    this.stream = stream;
    this.venueSymbol = venueSymbol;
    this.context = context;
    this.target = target;
  }

  /** A trade came; `hole` is what its id leaves out before it. */
  onTrade(hole: TapeHole | null, late: boolean, hasConsecutiveIds: boolean): void {
    if (hole !== null) this.onHole(hole);
    else if (this.open !== null && !late) this.onResumed(hasConsecutiveIds);
  }

  /** The socket is gone, or the topic missed messages. */
  onLost(cause: 'disconnect' | 'stale'): void {
    this.subscribed = false;
    this.overlaps = false;
    if (this.open !== null) this.reopen(this.open);
    else if (this.target.tape.lastId !== null) {
      this.openGap(cause, this.stream.lastReceivedTime ?? this.context.feed.time, null);
    }
  }

  /** Trades came that could not be read: the next one ends the stretch, and the venue is asked what was in it. */
  onRefused(): void {
    // What is asked already was asked too early for them.
    this.overlaps = false;
    if (this.open !== null) this.reopen(this.open);
    else if (this.target.tape.lastId !== null) {
      this.openGap('decode', this.stream.lastReceivedTime ?? this.context.feed.time, null);
    }
  }

  /** The topic flows again: what passed in between is asked for before anything new has to show the hole. */
  onSubscribed(): void {
    this.subscribed = true;
    if (this.open !== null) this.refill();
  }

  /** Body of the REST answer, null when it failed. */
  onRefill(body: string | null, { gapId, attempt }: RefillQuestion): void {
    // Of a gap that has ended meanwhile: it says nothing of the one that is open now.
    if (this.open?.id !== gapId || attempt !== this.attempt) return;
    this.refilling = false;
    const trades = body === null ? null : this.read(body);
    if (trades === null) {
      this.retryLater();
      return;
    }
    const { reached, filled, oldestId } = this.fill(trades, this.open);
    this.open = { ...this.open, filled: this.open.filled + filled };
    const isWhole = this.holesOf(this.open) === 0 && reached;
    if (isWhole && this.overlaps) this.closeGap('rest', this.open.filled);
    else if (isWhole && this.subscribed) this.refill();
    else if (!reached && oldestId !== null && this.askOlder(oldestId)) return;
    else if (this.open.resumedTime === null) return;
    else if (!this.overlaps && this.subscribed) this.refill();
    else if (this.canPage(this.open)) this.giveUpOrRetry();
    else this.giveUp(this.open);
  }

  isOpen(gapId: number): boolean {
    return this.open?.id === gapId;
  }

  onRetryDue(): void {
    if (this.open !== null) this.refill();
  }

  close(): void {
    this.clearRetry();
    if (this.open !== null) this.context.gaps.change(this.open.id, { to: this.context.feed.time });
    this.open = null;
  }

  save(): TradeRepairSaved {
    const { open, refilling, attempt, subscribed, overlaps, refills, pages } = this;
    return { open, refilling, attempt, subscribed, overlaps, refills, pages };
  }

  restore(saved: TradeRepairSaved): void {
    this.open = saved.open;
    this.refilling = saved.refilling;
    this.attempt = saved.attempt;
    this.subscribed = saved.subscribed;
    this.overlaps = saved.overlaps;
    this.refills = saved.refills;
    this.pages = saved.pages;
  }

  private onHole(hole: TapeHole): void {
    this.stream.gaps += 1;
    const connection = this.feed.connectionNamed(this.stream.definition.connection);
    if (connection !== null) connection.meter.counters.gaps += 1;
    if (this.open === null) {
      // The trade behind the hole is on the tape already: the hole begins with the one before.
      const before = this.target.tape.recent(2)[0]?.receivedTime ?? this.context.feed.time;
      this.openGap('sequence', before, hole);
    } else {
      const [first = hole] = this.openHoles(this.open);
      this.context.gaps.change(this.open.id, {
        firstId: String(first.firstMissing),
        lastId: String(hole.lastMissing),
        missing: this.holesOf(this.open),
      });
    }
    this.noteResumed();
    // What is asked already was asked before this hole was there.
    this.overlaps = false;
    this.refill();
  }

  /** First trade after a loss without a visible hole: with consecutive ids nothing was missed. */
  private onResumed(hasConsecutiveIds: boolean): void {
    if (this.open === null || this.open.resumedTime !== null) return;
    this.noteResumed();
    const isWhole = hasConsecutiveIds && this.holesOf(this.open) === 0;
    if (isWhole && this.open.filled > 0) this.closeGap('rest', this.open.filled);
    else if (isWhole) this.closeGap(null, 0);
    else if (!this.refilling) this.refill();
  }

  /** Lost again before the gap was repaired: it goes on, and is judged anew after the next trade. */
  private reopen(gap: OpenGap): void {
    this.open = { ...gap, resumedTime: null };
    this.refills = 0;
    this.context.gaps.change(gap.id, { to: null });
  }

  private noteResumed(): void {
    if (this.open === null || this.open.resumedTime !== null) return;
    const { time } = this.context.feed;
    this.open = { ...this.open, resumedTime: time };
    // The stretch has an end from here on, whether it can be filled or not.
    this.context.gaps.change(this.open.id, { to: time });
  }

  private refill(): void {
    if (this.refilling || this.open === null) return;
    const afterId = this.open.lastId;
    const request = this.feed.venue.rest.trades(this.venueSymbol, afterId);
    if (request !== null && this.ask(request)) {
      this.pages = 0;
      this.overlaps = this.subscribed;
    } else this.giveUpOrRetry();
  }

  /** The page began after the gap did: the venue may have what lies before it. */
  private askOlder(beforeId: string): boolean {
    const request = this.feed.venue.rest.olderTrades?.(this.venueSymbol, beforeId) ?? null;
    if (request === null || this.pages >= maxPages) return false;
    if (!this.ask(request)) return false;
    this.pages += 1;
    return true;
  }

  private ask(request: RestRequest): boolean {
    if (this.open === null) return false;
    const { instrument } = this.stream.definition.key;
    const attempt = this.attempt + 1;
    const purpose = { type: 'trades', instrument, gapId: this.open.id, attempt } as const;
    if (!this.feed.rest.add(purpose, request, this.context.feed)) return false;
    this.attempt = attempt;
    this.refilling = true;
    return true;
  }

  private read(body: string): readonly RestTrade[] | null {
    try {
      return this.feed.venue.rest.readTrades(body);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.stream.decodeErrors += 1;
      return null;
    }
  }

  /** Adds what is missing; `reached` when the page goes back to the last trade before the gap and all of it was kept. */
  private fill(trades: readonly RestTrade[], gap: OpenGap): FilledPage {
    const ordered = [...trades].sort((a, b) => a.tradeTime - b.tradeTime);
    const anchor = ordered.findLast((trade) => trade.id === gap.lastId || continues(trade, gap));
    // The page's own times: the venue's clock may have been set back since its last trade came here.
    const since = anchor?.tradeTime ?? gap.lastTradeTime;
    let filled = 0;
    let isReadable = true;
    for (const trade of ordered) {
      if (trade.tradeTime < since) continue;
      const outcome = this.target.addFromRest(trade);
      isReadable &&= outcome !== null;
      if (outcome?.type === 'added') filled += 1;
    }
    return {
      reached: isReadable && (anchor !== undefined || trades.length === 0),
      filled,
      oldestId: isReadable ? (ordered[0]?.id ?? null) : null,
    };
  }

  private holesOf(gap: OpenGap): number {
    let missing = 0;
    for (const hole of this.openHoles(gap)) missing += hole.lastMissing - hole.firstMissing + 1;
    return missing;
  }

  private openHoles(gap: OpenGap): readonly TapeHole[] {
    const from = gap.lastId === null ? Number.NEGATIVE_INFINITY : Number(gap.lastId);
    return this.target.tape.holes.filter(({ lastMissing }) => lastMissing > from);
  }

  private giveUpOrRetry(): void {
    if (this.refills < maxRetries) {
      this.retryLater();
      return;
    }
    if (this.open !== null) this.giveUp(this.open);
  }

  private giveUp(gap: OpenGap): void {
    const missing = this.holesOf(gap);
    this.closeGap(null, missing === 0 ? null : missing);
  }

  /** Whether the venue can be asked for trades of before; its newest ones only move further away. */
  private canPage({ lastId }: OpenGap): boolean {
    const { rest } = this.feed.venue;
    return (
      rest.trades(this.venueSymbol, lastId)?.path !== rest.trades(this.venueSymbol, null)?.path
    );
  }

  private retryLater(): void {
    this.refills += 1;
    if (this.refills > maxRetries) {
      if (this.open?.resumedTime !== null) this.giveUpOrRetry();
      return;
    }
    const { venue, key } = this.stream.definition;
    const { feed } = this.context;
    feed.deadlines.set('trades', venue, key.instrument, feed.nowMs + retryMs * this.refills);
  }

  private openGap(cause: GapRecord['cause'], from: number, hole: TapeHole | null): void {
    const { venue, key } = this.stream.definition;
    this.refills = 0;
    this.refilling = false;
    const id = this.context.gaps.open({
      venue,
      instrument: key.instrument,
      channel: 'trade',
      cause,
      from,
      firstId: hole === null ? null : String(hole.firstMissing),
      lastId: hole === null ? null : String(hole.lastMissing),
      missing: hole === null ? null : hole.lastMissing - hole.firstMissing + 1,
    });
    const lastId = hole === null ? this.target.tape.lastId : String(hole.firstMissing - 1);
    this.open = {
      id,
      lastId,
      lastTradeTime: this.target.lastTradeTime,
      resumedTime: null,
      filled: 0,
    };
  }

  private closeGap(repairedBy: 'rest' | null, missing: number | null): void {
    if (this.open === null) return;
    const to = this.open.resumedTime ?? this.context.feed.time;
    this.context.gaps.change(this.open.id, { to, repairedBy, missing });
    this.open = null;
    this.clearRetry();
  }

  private clearRetry(): void {
    const { venue, key } = this.stream.definition;
    this.context.feed.deadlines.clear('trades', venue, key.instrument);
  }
}

/** The trade's ids follow the last one before the gap directly. */
function continues(trade: RestTrade, gap: OpenGap): boolean {
  return (
    trade.firstSequence !== null &&
    gap.lastId !== null &&
    trade.firstSequence <= Number(gap.lastId) + 1
  );
}
