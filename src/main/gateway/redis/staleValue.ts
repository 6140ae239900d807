import { assertNever } from '../../../shared/assert.ts';
import type { ChannelValue, Publication } from '../hub/marketFeed.ts';

const note = 'The process that published it is gone; another one takes over.';

/** The last value as it may be shown while nobody publishes it: marked in every place that says how far it can be believed. */
export function markStale(publication: Publication): Publication {
  return {
    ...publication,
    epoch: `${publication.epoch}.x`,
    value: staleValue(publication.value),
  };
}

function staleValue(value: ChannelValue): ChannelValue {
  switch (value.kind) {
    case 'price':
      if (value.price.status === 'none') return value;
      return {
        kind: 'price',
        price: {
          ...value.price,
          status: 'stale',
          contributors: value.price.contributors.map((contributor) => ({
            ...contributor,
            weight: 0,
            exclusion: contributor.exclusion ?? 'stale',
            status: 'stale',
          })),
        },
      };
    case 'ticker':
      return { ...value, tickers: value.tickers.map((each) => ({ ...each, status: 'stale' })) };
    case 'orderbook':
      return {
        kind: 'orderbook',
        book: {
          ...value.book,
          parts: value.book.parts.map((part) => ({
            ...part,
            status: part.status === 'live' ? 'gap' : part.status,
            streamStatus: 'stale',
            note: part.note ?? note,
          })),
        },
      };
    case 'candles':
      return { ...value, status: 'stale' };
    case 'trades':
    case 'gaps':
    case 'health':
      return value;
    default:
      return assertNever(value);
  }
}
