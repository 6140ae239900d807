import type { StreamStatus } from '../../../shared/feedHealth.ts';
import type { EpochMs, InstrumentId } from '../../../shared/market.ts';
import type { QuoteValue } from '../../../shared/values.ts';
import type { BboEvent } from '../venues/venue.ts';

export interface QuoteSaved {
  readonly bidUnits: number;
  readonly bidSizeUnits: number;
  readonly askUnits: number;
  readonly askSizeUnits: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly sequence: number | null;
  readonly venueTime: EpochMs | null;
  readonly receivedTime: EpochMs | null;
}

const empty: QuoteSaved = {
  bidUnits: 0,
  bidSizeUnits: 0,
  askUnits: 0,
  askSizeUnits: 0,
  priceDecimals: 0,
  sizeDecimals: 0,
  sequence: null,
  venueTime: null,
  receivedTime: null,
};

/** Best bid and ask of the venue's own top stream; a side of size zero is empty, and a crossed top is no top. */
export class Quote {
  private current: QuoteSaved = empty;

  /** False for one that is older than what we have. */
  apply(event: BboEvent, receivedTime: EpochMs): boolean {
    if (this.isOlder(event)) return false;
    this.current = {
      bidUnits: event.bidUnits,
      bidSizeUnits: event.bidSizeUnits,
      askUnits: event.askUnits,
      askSizeUnits: event.askSizeUnits,
      priceDecimals: event.priceDecimals,
      sizeDecimals: event.sizeDecimals,
      sequence: event.sequence,
      venueTime: event.venueTime,
      receivedTime,
    };
    return true;
  }

  /** Ids of another socket may start anew; the last values stay, marked by the stream's status. */
  onLost(): void {
    this.current = { ...this.current, sequence: null };
  }

  get receivedTime(): EpochMs | null {
    return this.current.receivedTime;
  }

  get venueTime(): EpochMs | null {
    return this.current.venueTime;
  }

  get bid(): number | null {
    const { bidUnits, bidSizeUnits, priceDecimals } = this.current;
    return bidSizeUnits === 0 || this.isCrossed ? null : bidUnits / 10 ** priceDecimals;
  }

  get ask(): number | null {
    const { askUnits, askSizeUnits, priceDecimals } = this.current;
    return askSizeUnits === 0 || this.isCrossed ? null : askUnits / 10 ** priceDecimals;
  }

  value(instrument: InstrumentId, status: StreamStatus): QuoteValue | null {
    const { receivedTime, bidUnits, askUnits, bidSizeUnits, askSizeUnits } = this.current;
    if (receivedTime === null) return null;
    return {
      instrument,
      bidUnits: bidSizeUnits === 0 ? null : bidUnits,
      bidSizeUnits,
      askUnits: askSizeUnits === 0 ? null : askUnits,
      askSizeUnits,
      priceDecimals: this.current.priceDecimals,
      sizeDecimals: this.current.sizeDecimals,
      receivedTime,
      status,
    };
  }

  save(): QuoteSaved {
    return this.current;
  }

  restore(saved: QuoteSaved): void {
    this.current = saved;
  }

  /** A smaller id under a newer time is that of a venue that began its ids anew: what follows is not old. */
  private isOlder(event: BboEvent): boolean {
    const { sequence, venueTime } = this.current;
    if (sequence === null || event.sequence === null || event.sequence >= sequence) return false;
    return venueTime === null || event.venueTime === null || event.venueTime <= venueTime;
  }

  private get isCrossed(): boolean {
    const { bidUnits, askUnits, bidSizeUnits, askSizeUnits } = this.current;
    return bidSizeUnits > 0 && askSizeUnits > 0 && bidUnits > askUnits;
  }
}
