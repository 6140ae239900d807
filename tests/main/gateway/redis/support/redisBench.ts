import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { systemGatewayClock } from '../../../../../src/main/gateway/gatewayClock.ts';
import type { MarketFeed } from '../../../../../src/main/gateway/hub/marketFeed.ts';
import { openIngester } from '../../../../../src/main/gateway/redis/ingester.ts';
import type { Ingester } from '../../../../../src/main/gateway/redis/ingester.ts';
import { openRedisFeed } from '../../../../../src/main/gateway/redis/redisFeed.ts';
import type { RedisFeed } from '../../../../../src/main/gateway/redis/redisFeed.ts';
import { openRedisPort } from '../../../../../src/main/gateway/redis/openRedisPort.ts';
import { parseRedisAddress } from '../../../../../src/main/gateway/redis/redisAddress.ts';
import type { RedisAddress } from '../../../../../src/main/gateway/redis/redisAddress.ts';
import type { RedisPort } from '../../../../../src/main/gateway/redis/redisPort.ts';
import { patienceMs } from '../../../../support/eventually.ts';
import { RedisServer } from './redisServer.ts';

interface Closable {
  close(): Promise<void>;
}

/** A Redis, and any number of publishers and gateways on it. */
export class RedisBench {
  readonly redis: RedisServer;
  readonly logged: string[] = [];
  readonly #opened: Closable[] = [];

  private constructor(redis: RedisServer) {
    this.redis = redis;
  }

  /** Of the address that processes are given, e.g. `desk:s3cret@`. */
  login = '';

  static async open(flags: readonly string[] = []): Promise<RedisBench> {
    return new RedisBench(await RedisServer.start(flags));
  }

  get address(): RedisAddress {
    const address = parseRedisAddress(this.redis.url.replace('//', `//${this.login}`), null);
    if (typeof address === 'string') throw new Error(address);
    return address;
  }

  readonly log = ({ text }: { readonly text: string }): void => void this.logged.push(text);

  port(): RedisPort {
    return this.kept(openRedisPort({ address: this.address, log: this.log }));
  }

  /** `kill` ends its connections without a word. */
  ingest(feed: MarketFeed): { readonly ingester: Ingester; readonly kill: () => Promise<void> } {
    const port = this.port();
    const common = { clock: systemGatewayClock, version: '0.1.0', log: this.log };
    const ingester = this.kept(openIngester({ ...common, port, feed }));
    return { ingester, kill: () => port.close() };
  }

  feed(port = this.port()): RedisFeed {
    return this.kept(openRedisFeed({ clock: systemGatewayClock, log: this.log, port }));
  }

  kept<Each extends Closable>(each: Each): Each {
    this.#opened.push(each);
    return each;
  }

  /** As an operator, or as anybody who can reach it. */
  async command(words: readonly string[]): Promise<void> {
    const client = createClient({ url: this.redis.url, RESP: 2 });
    await client.connect();
    await client.sendCommand([...words]);
    await client.close();
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!isSo()) {
      if (performance.now() > end) {
        throw new Error(`did not come: ${what}\n${this.logged.join('\n')}`);
      }
      await sleep(10);
    }
  }

  async close(): Promise<void> {
    for (const each of this.#opened.splice(0).reverse()) await each.close();
    await this.redis.close();
  }
}
