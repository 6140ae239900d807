import type { StreamStatus } from '../../../shared/feedHealth.ts';
import type { EpochMs, InstrumentId } from '../../../shared/market.ts';
import type { TickerValue } from '../../../shared/values.ts';
import type { TickerEvent } from '../venues/venue.ts';

const fields = ['last', 'open24h', 'high24h', 'low24h', 'volume24hBase', 'volume24hQuote'] as const;
type Field = (typeof fields)[number];

export interface TickerSaved {
  readonly values: Readonly<Record<Field, number | null>>;
  readonly receivedTime: EpochMs | null;
  readonly fromStream: boolean;
}

const unknown: Readonly<Record<Field, number | null>> = {
  last: null,
  open24h: null,
  high24h: null,
  low24h: null,
  volume24hBase: null,
  volume24hQuote: null,
};

/** 24 h statistics of one instrument: first painted from REST, then the stream's, never back to REST. */
export class Ticker {
  private values: Readonly<Record<Field, number | null>> = unknown;
  private receivedTime: EpochMs | null = null;
  private fromStream = false;

  get last(): number | null {
    return this.values.last;
  }

  get turnover(): number | null {
    return this.values.volume24hQuote;
  }

  get statistics(): {
    readonly open: number | null;
    readonly high: number | null;
    readonly low: number | null;
    readonly volumeBase: number | null;
    readonly volumeQuote: number | null;
  } | null {
    if (this.receivedTime === null) return null;
    const { open24h, high24h, low24h, volume24hBase, volume24hQuote } = this.values;
    return {
      open: open24h,
      high: high24h,
      low: low24h,
      volumeBase: volume24hBase,
      volumeQuote: volume24hQuote,
    };
  }

  /** False when the answer came after the stream had spoken. */
  apply(event: TickerEvent, origin: 'stream' | 'rest', receivedTime: EpochMs): boolean {
    if (origin === 'rest' && this.fromStream) return false;
    const next = event.kind === 'snapshot' ? { ...unknown } : { ...this.values };
    for (const field of fields) {
      const text = event[field];
      if (text === null) continue;
      const value = Number(text);
      next[field] = Number.isFinite(value) ? value : null;
    }
    this.values = next;
    this.receivedTime = receivedTime;
    this.fromStream = origin === 'stream';
    return true;
  }

  /** The stream's socket is gone: a REST answer may paint again. */
  onLost(): void {
    this.fromStream = false;
  }

  value(instrument: InstrumentId, status: StreamStatus): TickerValue | null {
    if (this.receivedTime === null) return null;
    return { instrument, ...this.values, receivedTime: this.receivedTime, status };
  }

  save(): TickerSaved {
    return { values: this.values, receivedTime: this.receivedTime, fromStream: this.fromStream };
  }

  restore(saved: TickerSaved): void {
    this.values = saved.values;
    this.receivedTime = saved.receivedTime;
    this.fromStream = saved.fromStream;
  }
}
