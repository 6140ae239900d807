import { openIngester } from '../../../../../src/main/gateway/redis/ingester.ts';
import type { Ingester } from '../../../../../src/main/gateway/redis/ingester.ts';
import { decodePublications } from '../../../../../src/main/gateway/redis/publicationCodec.ts';
import { openRedisFeed } from '../../../../../src/main/gateway/redis/redisFeed.ts';
import { ChaosRedis } from '../../../../support/gatewayChaosRedis.ts';
import type { ChaosPort } from '../../../../support/gatewayChaosRedis.ts';
import { VirtualClock } from '../../../../support/virtualClock.ts';
import { HeardFeed } from './heardFeed.ts';
import { MadeFeed } from './madeFeed.ts';

interface Joined {
  readonly ingester: Ingester;
  readonly feed: MadeFeed;
  readonly port: ChaosPort;
}

/** Ingesters and gateways over one Redis in memory, on virtual time. */
export class MemoryRoom {
  readonly #virtual = new VirtualClock();
  readonly clock = {
    monotonicMs: () => this.#virtual.monotonicMs(),
    wallMs: () => 1_790_000_000_000 + this.#virtual.monotonicMs(),
    after: (delayMs: number, run: () => void) => this.#virtual.after(delayMs, run),
  };
  readonly redis = new ChaosRedis(this.clock, 120_000);
  /** Every owner of each market, in order. */
  readonly owners = new Map<string, string[]>();

  readonly #markets: readonly string[];

  constructor(markets: readonly string[]) {
    this.#markets = markets;
  }

  /** As a gateway that never ends. */
  want(wanted: readonly string[]): void {
    const id = 'gateway';
    const record = { record: '', keepMs: 1e9, wantsVersion: '' };
    this.redis.beat({ role: 'gateway', id, ...record });
    this.redis.setWants(
      id,
      wanted.map((market) => `trades.${market}`),
      1e9,
    );
  }

  join(epoch: string, feed = new MadeFeed(this.#markets, epoch)): Joined {
    const port = this.redis.port();
    const { clock } = this;
    const log = (): void => undefined;
    const ingester = openIngester({ port, feed, clock, version: '1', log });
    return { ingester, feed, port };
  }

  serve() {
    const port = this.redis.port();
    const { clock } = this;
    const feed = openRedisFeed({ port, clock, log: () => undefined });
    return { feed, port, heard: new HeardFeed(feed) };
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#virtual.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
      for (const market of this.#markets) this.#look(market);
    }
  }

  /** Fences of all events in the log. */
  published(): readonly number[] {
    return this.redis
      .entriesAfter('0')
      .flatMap((entry) => entry.markets.map(({ bytes }) => decodePublications(bytes)))
      .flatMap(({ fence, publications }) => publications.map(() => fence));
  }

  #look(market: string): void {
    const owner = this.redis.ownerOf(market);
    const owners = this.owners.get(market) ?? [];
    if (owner !== null && owners.at(-1) !== owner) owners.push(owner);
    this.owners.set(market, owners);
  }
}
