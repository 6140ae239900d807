import type { ServerOptions } from 'socket.io';
import type { EngineHost, HostLogEntry } from '../../engine/host.ts';
import { systemGatewayClock } from '../gatewayClock.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { GatewayPart } from '../gatewayContext.ts';
import { openEngineFeed } from '../hub/engineFeed.ts';
import type { MarketFeed } from '../hub/marketFeed.ts';
import { openIngester } from './ingester.ts';
import type { Ingester, IngesterCounts } from './ingester.ts';
import { keyPrefix, openRedisPort } from './openRedisPort.ts';
import type { RedisAddress } from './redisAddress.ts';
import { openRedisFeed } from './redisFeed.ts';
import type { RedisFeed, RedisFeedCounts } from './redisFeed.ts';
import type { RedisPort } from './redisPort.ts';
import { openRevocationRelay } from './revocationRelay.ts';
import type { RevocableAccess } from './revocationRelay.ts';
import { openSharedRooms } from './socketIoAdapter.ts';
import type { SharedRooms } from './socketIoAdapter.ts';

export interface ScaleOutOptions {
  readonly address: RedisAddress;
  readonly version: string;
  readonly log: (entry: HostLogEntry) => void;
  /** Several deployments in one Redis have different ones. */
  readonly space?: string;
}

export interface ScaleOutCounts {
  readonly isUp: boolean;
  /** Of the clients of this process; null: it serves none. */
  readonly feed: RedisFeedCounts | null;
  /** Null: this process publishes nothing. */
  readonly ingester: IngesterCounts | null;
}

/** All that one process does over Redis. */
export interface ScaleOut {
  /** Publishes this process' share of the markets from its own engine. */
  ingest(host: EngineHost, clock?: GatewayClock): Ingester;
  /** For the clients of this process: what all ingesters publish. */
  openFeed(clock: GatewayClock): MarketFeed;
  /** Before that a client with a cursor of another gateway would not be understood here. */
  caughtUp(): Promise<void>;
  /** Rooms over all gateways. */
  socketIoAdapter(): NonNullable<ServerOptions['adapter']>;
  /** Revocations made at one gateway hold at all. */
  share(access: RevocableAccess, clock: GatewayClock): GatewayPart;
  counts(): ScaleOutCounts;
  /** Last: after the gateway. */
  close(): Promise<void>;
}

export function openScaleOut(options: ScaleOutOptions): ScaleOut {
  return new RedisScaleOut(options);
}

class RedisScaleOut implements ScaleOut {
  readonly #options: ScaleOutOptions;
  readonly #port: RedisPort;
  #feed: RedisFeed | null = null;
  #ingester: Ingester | null = null;
  #engineFeed: MarketFeed | null = null;
  #rooms: SharedRooms | null = null;
  #isClosed = false;

  constructor(options: ScaleOutOptions) {
    const { address, log } = options;
    this.#options = options;
    this.#port = openRedisPort(options);
    if (address.isEncrypted || address.isLocal) return;
    const text = `the way to ${address.shown} is not encrypted; where others can listen, use rediss://`;
    log({ level: 'warning', scope: 'redis', text });
  }

  ingest(host: EngineHost, clock: GatewayClock = systemGatewayClock): Ingester {
    const { version, log } = this.#options;
    const feed = openEngineFeed({ host, clock });
    this.#engineFeed = feed;
    this.#ingester = openIngester({ port: this.#port, feed, clock, version, log });
    return this.#ingester;
  }

  openFeed(clock: GatewayClock): MarketFeed {
    this.#feed = openRedisFeed({ port: this.#port, clock, log: this.#options.log });
    return this.#feed;
  }

  async caughtUp(): Promise<void> {
    await this.#feed?.caughtUp();
  }

  socketIoAdapter(): NonNullable<ServerOptions['adapter']> {
    const { address, space } = this.#options;
    this.#rooms ??= openSharedRooms(address.url, keyPrefix(space));
    return this.#rooms.adapter;
  }

  share(access: RevocableAccess, clock: GatewayClock): GatewayPart {
    return openRevocationRelay({ port: this.#port, access, clock, log: this.#options.log });
  }

  counts(): ScaleOutCounts {
    return {
      isUp: this.#port.isUp(),
      feed: this.#feed?.counts() ?? null,
      ingester: this.#ingester?.counts() ?? null,
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#ingester?.close();
    await this.#engineFeed?.close();
    await this.#feed?.close();
    this.#rooms?.close();
    await this.#port.close();
  }
}
