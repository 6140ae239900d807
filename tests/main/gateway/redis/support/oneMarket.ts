import { HeardFeed } from './heardFeed.ts';
import { MadeFeed } from './madeFeed.ts';
import type { RedisBench } from './redisBench.ts';

export const btc = 'trades.BTC-USDT';
export const btcPrice = 'price.BTC-USDT';

/** One ingester and one gateway; the engine knows what is wanted. */
export async function serveOneMarket(on: RedisBench) {
  const engine = new MadeFeed(['BTC-USDT']);
  const { ingester } = on.ingest(engine);
  const feed = on.feed();
  const heard = new HeardFeed(feed);
  feed.want(new Set([btc, btcPrice]));
  await on.until(() => engine.wanted.has(btc), 'the want');
  return { on, engine, ingester, feed, heard };
}
