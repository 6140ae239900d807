import { intervals } from '../../market/intervals.ts';

export type StreamName =
  | {
      readonly type: 'trade' | 'aggTrade' | 'bookTicker' | 'miniTicker' | 'ticker';
      readonly symbol: string;
    }
  | { readonly type: 'depth'; readonly symbol: string; readonly periodMs: number }
  | {
      readonly type: 'partialDepth';
      readonly symbol: string;
      readonly levels: number;
      readonly periodMs: number;
    }
  | {
      readonly type: 'kline';
      readonly symbol: string;
      readonly interval: string;
      readonly offsetMs: number;
    }
  | { readonly type: 'allMiniTickers' }
  /** Well-formed, acknowledged, and silent for ever. */
  | { readonly type: 'unknown' };

const plainStreams = ['trade', 'aggTrade', 'bookTicker', 'miniTicker', 'ticker'] as const;
const utcPlus8Ms = 8 * 3_600_000;
const venueIntervals = new Set(
  intervals.filter((interval) => interval !== '2d' && interval !== '5d'),
);

/** Undefined where the venue would call it an invalid stream. */
export function parseStreamName(name: string): StreamName | undefined {
  if (name === '!miniTicker@arr') return { type: 'allMiniTickers' };
  if (/^![A-Za-z_0-9]+(@[\w]+)*$/.test(name)) return { type: 'unknown' };
  const match = /^([^\s@!"]+)@([A-Za-z]\w*)((?:@[+\w:.-]+)*)$/u.exec(name);
  if (match === null) return undefined;
  const [, symbol = '', stream = '', suffix = ''] = match;
  // Stream names are lowercase; anything else is another, unknown stream.
  if (symbol !== symbol.toLowerCase()) return { type: 'unknown' };
  return knownStream(symbol, stream, suffix) ?? { type: 'unknown' };
}

function knownStream(symbol: string, stream: string, suffix: string): StreamName | undefined {
  const plain = plainStreams.find((known) => known === stream);
  if (plain !== undefined) return suffix === '' ? { type: plain, symbol } : undefined;
  const periodMs =
    suffix === '@100ms' ? 100 : suffix === '' || suffix === '@1000ms' ? 1000 : undefined;
  if (stream === 'depth')
    return periodMs === undefined ? undefined : { type: 'depth', symbol, periodMs };
  const partial = /^depth(5|10|20)$/.exec(stream);
  if (partial !== null) {
    if (periodMs === undefined) return undefined;
    return { type: 'partialDepth', symbol, levels: Number(partial[1]), periodMs };
  }
  const kline = /^kline_(\w+)$/.exec(stream);
  if (kline === null || (suffix !== '' && suffix !== '@+08:00')) return undefined;
  const interval = kline[1] ?? '';
  if (!venueIntervals.has(interval)) return undefined;
  return { type: 'kline', symbol, interval, offsetMs: suffix === '' ? 0 : utcPlus8Ms };
}
