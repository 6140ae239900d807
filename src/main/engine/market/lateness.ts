import type { EpochMs } from '../../../shared/market.ts';
import type { MarketDataEvent } from '../venues/venue.ts';
import type { Stream } from '../feed/stream.ts';

/** A connection whose events are this far behind the venue's clock shows another moment than the others do. */
const lateMs = 3_000;
/** So little that a late connection counts again. */
const caughtUpMs = 1_500;
/** Without a punctual event for so long, late ones are believed: single old events are normal. */
const believedAfterMs = 1_000;
const eventsToBelieve = 2;

interface ConnectionLag {
  isLate: boolean;
  punctualMs: number;
  lateEvents: number;
}

export type LatenessSaved = readonly (readonly [string, Readonly<ConnectionLag>])[];

/**
 * Which connections carry events that are seconds old although frames arrive. One socket carries many instruments in order,
 * so what holds for one of them holds for all. Lags are taken against the estimate of the venue's own clock; where that is
 * unknown, so is every lag.
 */
export class Lateness {
  private readonly lags = new Map<string, ConnectionLag>();

  isLate(connection: string): boolean {
    return this.lags.get(connection)?.isLate === true;
  }

  /** `venueNow`: what the venue's clock shows. True when the connection became late or caught up with this event. */
  hear(stream: Stream, event: MarketDataEvent, venueNow: EpochMs, nowMs: number): boolean {
    if (!tellsItsTime(stream, event) || event.venueTime === null) return false;
    const lag = this.lagOf(stream.definition.connection, nowMs);
    const lagMs = venueNow - event.venueTime;
    const wasLate = lag.isLate;
    if (lagMs <= (wasLate ? caughtUpMs : lateMs)) {
      lag.punctualMs = nowMs;
      lag.lateEvents = 0;
      lag.isLate = false;
      return wasLate;
    }
    lag.lateEvents += 1;
    lag.isLate ||= lag.lateEvents >= eventsToBelieve && nowMs - lag.punctualMs >= believedAfterMs;
    return lag.isLate !== wasLate;
  }

  /** A new socket starts without a reputation. */
  forget(connection: string): void {
    this.lags.delete(connection);
  }

  save(): LatenessSaved {
    return [...this.lags].map(([name, lag]) => [name, { ...lag }]);
  }

  restore(saved: LatenessSaved): void {
    this.lags.clear();
    for (const [name, lag] of saved) this.lags.set(name, { ...lag });
  }

  private lagOf(connection: string, nowMs: number): ConnectionLag {
    const known = this.lags.get(connection);
    if (known !== undefined) return known;
    const fresh = { isLate: false, punctualMs: nowMs - believedAfterMs, lateEvents: 0 };
    this.lags.set(connection, fresh);
    return fresh;
  }
}

/** A first message, a snapshot or a picture sent again may be of long ago and still be the newest there is. */
function tellsItsTime(stream: Stream, event: MarketDataEvent): boolean {
  if (stream.messages < 2) return false;
  return (
    event.type === 'trade' ||
    event.type === 'bbo' ||
    (event.type === 'book' && event.kind === 'delta')
  );
}
