import type { ConnectionReason, ConnectionStatus } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { DelayBounds } from './backoff.ts';
import type { ConnectionState } from './connectionState.ts';
import type { FeedContext } from './feedContext.ts';

const goodDataMs = 60_000;
const freshMs = 10_000;

/**
 * How a connection stands, and its way back: an attempt is asked for with bounds of its delay, the shell finds the delay, and
 * the attempt is due then. Attempts are counted until data have been good for a while.
 */
export class ConnectionStanding implements ConnectionState {
  status: ConnectionStatus = 'closed';
  reason: ConnectionReason | null = null;
  since: EpochMs = 0;
  generation = 0;
  nextAttemptTime: EpochMs | null = null;
  attempt = 0;
  paused = false;
  openedOnce = false;
  rotating = false;
  private readonly venue: VenueId;
  private readonly connection: string;
  private readonly onStatus: (status: ConnectionStatus, nowMs: number) => void;

  constructor(
    venue: VenueId,
    connection: string,
    onStatus: (status: ConnectionStatus, nowMs: number) => void,
  ) {
    this.venue = venue;
    this.connection = connection;
    this.onStatus = onStatus;
  }

  become(status: ConnectionStatus, reason: ConnectionReason | null, context: FeedContext): void {
    if (status === this.status && reason === this.reason) return;
    this.status = status;
    this.reason = reason;
    this.since = context.time;
    this.onStatus(status, context.nowMs);
  }

  schedule(bounds: DelayBounds, reason: ConnectionReason | null, context: FeedContext): void {
    this.become('reconnecting', reason, context);
    this.requestAttempt(bounds, context);
  }

  requestAttempt(bounds: DelayBounds, context: FeedContext): void {
    const { venue, connection } = this;
    context.emit({ type: 'scheduleAttempt', venue, connection, ...bounds });
  }

  onAttemptScheduled(
    delayMs: number,
    frozen: 'rate-limited' | 'banned' | null,
    context: FeedContext,
  ): void {
    if (!this.rotating) {
      if (this.status !== 'reconnecting') return;
      if (frozen !== null) this.reason = frozen;
      this.nextAttemptTime = context.time + delayMs;
    }
    context.deadlines.set('attempt', this.venue, this.connection, context.nowMs + delayMs);
  }

  nextGeneration(): number {
    this.generation += 1;
    return this.generation;
  }

  watchGoodData(context: FeedContext): void {
    context.deadlines.set('goodData', this.venue, this.connection, context.nowMs + goodDataMs);
  }

  /** Data still flow: the next loss is a first one again. */
  judgeData(lastDataMs: number, context: FeedContext): void {
    if (context.nowMs - lastDataMs > freshMs) this.watchGoodData(context);
    else this.attempt = 0;
  }

  save(): ConnectionState {
    const { status, reason, since, generation, nextAttemptTime } = this;
    const { attempt, paused, openedOnce, rotating } = this;
    return {
      ...{ status, reason, since, generation, nextAttemptTime },
      ...{ attempt, paused, openedOnce, rotating },
    };
  }

  restore(saved: ConnectionState): void {
    Object.assign(this, saved);
  }
}
