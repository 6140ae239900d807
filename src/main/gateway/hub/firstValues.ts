import { assertNever } from '../../../shared/assert.ts';
import type { StreamStatus } from '../../../shared/feedHealth.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import type {
  BookView,
  PriceContributor,
  PriceValue,
  TickerValue,
} from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { SnapshotWait } from './clientContract.ts';
import type { EventLog } from './eventLog.ts';
import type { HubLimits } from './hubLimits.ts';
import type { ChannelValue } from './marketFeed.ts';
import type { BoardChannel } from './stateBoard.ts';
import { isFresh } from './writeStatus.ts';

/** How long it is listened for events that were missed while nobody asked, where older ones are known. */
const newerMs = 1_000;

/** Snapshots of channels that somebody wants for a moment only: each waits until there is something to tell. */
export class FirstValues {
  private readonly clock: GatewayClock;
  private readonly limits: HubLimits;
  private readonly log: EventLog;
  private readonly countByClient = new Map<string, number>();
  private count = 0;

  constructor(clock: GatewayClock, limits: HubLimits, log: EventLog) {
    this.clock = clock;
    this.limits = limits;
    this.log = log;
  }

  /** Throws a refusal where its client, or all of them, wait for as many as they may. */
  async of(board: BoardChannel, wait: SnapshotWait): Promise<void> {
    const { client, signal, venue = null } = wait;
    const mostMs = this.log.lastOf(board.id).length > 0 ? newerMs : wait.mostMs;
    const leftMs = board.wantedMs + Math.min(mostMs, wait.mostMs) - this.clock.monotonicMs();
    if (leftMs <= 0 || isAnswered(board, venue) || signal?.aborted === true) return;
    this.enter(client);
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        signal?.removeEventListener('abort', end);
        board.waiting.delete(waiter);
        resolve();
      };
      const look = (): void => {
        if (isAnswered(board, venue)) end();
      };
      const waiter = { look, end };
      const cancel = this.clock.after(leftMs, end);
      signal?.addEventListener('abort', end);
      board.waiting.add(waiter);
    });
    this.leave(client);
  }

  private enter(client: string | undefined): void {
    if (client === undefined) return;
    const own = this.countByClient.get(client) ?? 0;
    if (own >= this.limits.maxWaitingSnapshots) throw tooMany(own);
    if (this.count >= this.limits.maxClients) throw full();
    this.countByClient.set(client, own + 1);
    this.count += 1;
  }

  private leave(client: string | undefined): void {
    if (client === undefined) return;
    this.count -= 1;
    const left = (this.countByClient.get(client) ?? 1) - 1;
    if (left === 0) this.countByClient.delete(client);
    else this.countByClient.set(client, left);
  }
}

function tooMany(count: number): GatewayRefusal {
  return new GatewayRefusal({
    code: 'RATE_LIMITED',
    message: `${count} of your requests wait for a first value already. Ask again when they are answered, or take a stream.`,
    retryAfterMs: 1_000,
  });
}

function full(): GatewayRefusal {
  return new GatewayRefusal({
    code: 'OVERLOADED',
    message: 'This gateway waits for as many first values as it can. Try again later.',
    retryAfterMs: 5_000,
  });
}

/** There is something to tell, or nothing that will come soon. */
function isAnswered(board: BoardChannel, venue: VenueId | null): boolean {
  const { state, hasEvents, isDoubted } = board;
  if (state === null) return hasEvents;
  return isDoubted || isAnswer(state.value, venue);
}

function isAnswer(value: ChannelValue, venue: VenueId | null): boolean {
  switch (value.kind) {
    case 'price':
      return isPriceAnswer(value.price, venue);
    case 'ticker':
      return isTickerAnswer(value.tickers);
    case 'orderbook':
      return isBookAnswer(value.book);
    case 'trades':
    case 'candles':
    case 'gaps':
    case 'health':
      return true;
    default:
      return assertNever(value);
  }
}

/** Without contributors the engine has not begun with the market. Of one that is not among them nothing will come. */
function isPriceAnswer({ status, contributors }: PriceValue, venue: VenueId | null): boolean {
  if (venue === null && status !== 'none' && status !== 'stale') return true;
  const concerned = contributors.filter((part) => venue === null || part.venue === venue);
  return contributors.length > 0 && !concerned.some(isPriceToCome);
}

function isPriceToCome({ status, exclusion }: PriceContributor): boolean {
  if (exclusion === 'closed' || exclusion === 'muted') return false;
  return isToCome(status) || exclusion === 'no-top' || exclusion === 'no-trade';
}

/** What REST told before the stream is not live: the stream will be. */
function isTickerAnswer(tickers: readonly TickerValue[]): boolean {
  if (tickers.some(({ status, last }) => isFresh(status) && last !== null)) return true;
  return tickers.length > 0 && !tickers.some(({ status }) => isToCome(status));
}

function isBookAnswer({ parts }: BookView): boolean {
  if (parts.some(({ counted }) => counted)) return true;
  return (
    parts.length > 0 &&
    !parts.some(
      ({ streamStatus, status }) =>
        isToCome(streamStatus) || (isFresh(streamStatus) && status !== 'live'),
    )
  );
}

function isToCome(status: StreamStatus): boolean {
  return status === 'subscribing' || status === 'resyncing';
}
