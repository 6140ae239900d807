import { createHash } from 'node:crypto';
import type { MarketId } from '../../../shared/market.ts';
import { parseMarketId } from '../../../shared/market.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

export function writeMarketList(markets: readonly MarketId[]): Uint8Array {
  return Buffer.from(markets.join('\n'), 'utf8');
}

/** What is no market is left out. */
export function readMarketList(bytes: Uint8Array | null): readonly MarketId[] {
  if (bytes === null || bytes.length > scaleOutLimits.maxValueBytes) return [];
  const texts = Buffer.from(bytes).toString('utf8').split('\n', scaleOutLimits.maxMarkets);
  return texts.filter((text) => parseMarketId(text) !== null);
}

export function versionOf(markets: readonly MarketId[]): string {
  return createHash('sha1').update(markets.join('\n')).digest('hex').slice(0, 16);
}
