import type { Instrument } from '../../../shared/market.ts';
import type { VenueRecordingFeed } from '../../engine/host.ts';
import { numberText, sizeOf } from './venueNumbers.ts';

const dayMs = 86_400_000;

/** The venue's own figures, and what follows from them; what the recording does not tell is left out. */
export function dayTicker(feed: VenueRecordingFeed, instrument: Instrument): object | null {
  const ticker = feed.ticker(instrument.id);
  if (ticker === null) return null;
  const { last, open24h, high24h, low24h, volume24hBase, volume24hQuote, receivedTime } = ticker;
  const [bid, ask] = [feed.quote(instrument.id)?.bid, feed.quote(instrument.id)?.ask];
  const lastTrade = feed.trades(instrument.id).at(-1);
  const closeTime = Math.floor(receivedTime);
  return {
    symbol: instrument.venueSymbol,
    ...changeOf(last, open24h),
    weightedAvgPrice: averageOf(volume24hQuote, volume24hBase),
    ...{
      lastPrice: textOf(last),
      lastQty: lastTrade === undefined ? undefined : sizeOf(lastTrade),
    },
    ...{ bidPrice: bid?.[0], bidQty: bid?.[1], askPrice: ask?.[0], askQty: ask?.[1] },
    ...{ openPrice: textOf(open24h), highPrice: textOf(high24h), lowPrice: textOf(low24h) },
    ...{ volume: textOf(volume24hBase), quoteVolume: textOf(volume24hQuote) },
    ...{ openTime: closeTime - dayMs, closeTime },
  };
}

function changeOf(last: number | null, open: number | null): object {
  if (last === null || open === null || open === 0) return {};
  const change = last - open;
  return {
    priceChange: change.toFixed(8),
    priceChangePercent: ((change / open) * 100).toFixed(3),
  };
}

function averageOf(quote: number | null, base: number | null): string | undefined {
  if (quote === null || base === null || base === 0) return undefined;
  return (quote / base).toFixed(8);
}

function textOf(value: number | null): string | undefined {
  return value === null ? undefined : numberText(value);
}
