import { ByteWriter } from '../../../shared/bytes.ts';
import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { Publication } from '../hub/marketFeed.ts';
import { versionOf, writeMarketList } from './marketList.ts';
import { encodePublications } from './publicationCodec.ts';
import type { RedisPort } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

/** Names of what an ingester leaves beside its record. */
export const listNames = {
  markets: (ingester: string): string => `markets:${ingester}`,
  heard: (ingester: string): string => `heard:${ingester}`,
  live: (ingester: string): string => `live:${ingester}`,
  health: (ingester: string): string => `health:${ingester}`,
} as const;

/** Changes with any of the lists that stand under it. */
export interface ListVersions {
  readonly marketsVersion: string;
  readonly symbolsVersion: string;
}

const keepMs = 60_000;
const healthMs = 1_000;

/** What one ingester says of itself that is too large for each beat: all its markets, those it hears, and its health. */
export class IngesterLists {
  readonly #port: RedisPort;
  readonly #clock: GatewayClock;
  readonly #self: string;
  readonly #sent = new Map<string, { readonly version: string; readonly dueMs: number }>();
  #health: Publication | null = null;
  #healthDueMs = 0;

  constructor(port: RedisPort, clock: GatewayClock, self: string) {
    this.#port = port;
    this.#clock = clock;
    this.#self = self;
  }

  setHealth(health: Publication): void {
    this.#health = health;
  }

  /** Redis may have lost them. */
  forget(): void {
    this.#sent.clear();
    this.#healthDueMs = 0;
  }

  async put(markets: readonly MarketId[]): Promise<ListVersions> {
    const value = this.#health?.value;
    const { heard, live } = symbolsOf(value?.kind === 'health' ? value.health : null);
    const marketsVersion = await this.#putList(listNames.markets(this.#self), markets);
    const heardVersion = await this.#putList(listNames.heard(this.#self), heard);
    const liveVersion = await this.#putList(listNames.live(this.#self), live);
    return { marketsVersion, symbolsVersion: `${heardVersion}.${liveVersion}` };
  }

  async putHealth(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#health === null || nowMs < this.#healthDueMs) return;
    this.#healthDueMs = nowMs + healthMs;
    const bytes = encodePublications(new ByteWriter(), 1, [this.#health]);
    await this.#port.put(listNames.health(this.#self), bytes, scaleOutLimits.wantMs);
  }

  async #putList(name: string, markets: readonly MarketId[]): Promise<string> {
    const version = versionOf(markets);
    const nowMs = this.#clock.monotonicMs();
    const sent = this.#sent.get(name);
    if (sent?.version === version && nowMs < sent.dueMs) return version;
    await this.#port.put(name, writeMarketList(markets), keepMs);
    this.#sent.set(name, { version, dueMs: nowMs + keepMs / 3 });
    return version;
  }
}

/** Markets that the engine listens to, and those of which something comes. */
function symbolsOf(health: FeedHealth | null) {
  const heard = new Set<MarketId>();
  const live = new Set<MarketId>();
  for (const { instrument, status } of health?.streams ?? []) {
    const market = parseInstrumentId(instrument)?.market;
    if (market === undefined) continue;
    heard.add(market);
    if (status === 'live' || status === 'quiet') live.add(market);
  }
  return { heard: [...heard].sort(), live: [...live].sort() };
}
