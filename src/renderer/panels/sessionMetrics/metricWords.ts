import { parseInstrumentId } from '../../../shared/market.ts';
import type { StreamMetrics } from '../../../shared/sessionMetrics.ts';

const channelNames: Readonly<Record<StreamMetrics['channel'], string>> = {
  trade: 'trades',
  book: 'book',
  bbo: 'best bid and ask',
  ticker: 'ticker',
  candle: 'candles',
};

export function marketOf({ instrument }: StreamMetrics): string {
  return parseInstrumentId(instrument)?.market ?? instrument;
}

export function channelOf({ channel, interval }: StreamMetrics): string {
  return interval === null ? channelNames[channel] : `${channelNames[channel]} ${interval}`;
}

const causeWords: Readonly<Record<keyof StreamMetrics['gaps'], string>> = {
  disconnect: 'disconnected',
  sequence: 'sequence',
  stale: 'stale',
  overflow: 'overflow',
  decode: 'unreadable',
  clock: 'clock',
};

/** `2 disconnected, 1 sequence`; empty without any. */
export function gapWords({ gaps }: StreamMetrics): string {
  const causes: readonly (keyof StreamMetrics['gaps'])[] = [
    ...(['disconnect', 'sequence', 'stale', 'overflow', 'decode', 'clock'] as const),
  ];
  return causes
    .filter((cause) => gaps[cause] > 0)
    .map((cause) => `${gaps[cause]} ${causeWords[cause]}`)
    .join(', ');
}
