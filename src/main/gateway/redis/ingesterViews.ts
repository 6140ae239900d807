import { DamagedBytesError } from '../../../shared/bytes.ts';
import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { HostStatus } from '../../../shared/values.ts';
import { listNames } from './ingesterLists.ts';
import { parseIngesterRecord } from './ingesterRecord.ts';
import type { IngesterRecord } from './ingesterRecord.ts';
import { readMarketList } from './marketList.ts';
import { mergeHealth, mergeStatus } from './mergeIngesters.ts';
import type { NamedHealth } from './mergeIngesters.ts';
import { decodePublications } from './publicationCodec.ts';
import type { ClusterView, RedisPort } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

/** All ingesters as a gateway sees them, by what they say of themselves. */
export class IngesterViews {
  readonly #port: RedisPort;
  #records: ReadonlyMap<string, IngesterRecord> = new Map();
  #markets: readonly MarketId[] = [];
  #symbols = { total: 0, live: 0 };
  #versions = { markets: '', symbols: '' };

  constructor(port: RedisPort) {
    this.#port = port;
  }

  get ids(): readonly string[] {
    return [...this.#records.keys()];
  }

  get markets(): readonly MarketId[] {
    return this.#markets;
  }

  status(): HostStatus | null {
    return mergeStatus([...this.#records.values()], this.#symbols);
  }

  async meet(view: ClusterView): Promise<void> {
    const records = new Map<string, IngesterRecord>();
    for (const [id, text] of view.ingesters) {
      const record = parseIngesterRecord(text);
      if (record !== null && /^[\w-]{1,40}$/.test(id)) records.set(id, record);
    }
    this.#records = records;
    await this.#readMarkets();
    await this.#readSymbols();
  }

  /** Null: none is known. */
  async health(): Promise<FeedHealth | null> {
    const { ids } = this;
    const blobs = await this.#port.get(ids.map(listNames.health));
    const parts: NamedHealth[] = [];
    for (const [index, name] of ids.entries()) {
      const health = healthOf(blobs[index] ?? null);
      if (health !== null) parts.push({ name, health });
    }
    return mergeHealth(parts);
  }

  async #readMarkets(): Promise<void> {
    const version = this.#versionOf(({ marketsVersion }) => marketsVersion);
    if (version === this.#versions.markets) return;
    const lists = await this.#port.get(this.ids.map(listNames.markets));
    // All of them are kept while none is there to say otherwise: what a client asks for stays a market.
    if (lists.length > 0) this.#markets = unionOf(lists);
    if (lists.every((list) => list !== null)) this.#versions.markets = version;
  }

  async #readSymbols(): Promise<void> {
    const version = this.#versionOf(({ symbolsVersion }) => symbolsVersion);
    if (version === this.#versions.symbols) return;
    const { ids } = this;
    const lists = await this.#port.get([...ids.map(listNames.heard), ...ids.map(listNames.live)]);
    const [heard, live] = [lists.slice(0, ids.length), lists.slice(ids.length)];
    this.#symbols = { total: unionOf(heard).length, live: unionOf(live).length };
    if (lists.every((list) => list !== null)) this.#versions.symbols = version;
  }

  #versionOf(of: (record: IngesterRecord) => string): string {
    return [...this.#records].map(([id, record]) => `${id} ${of(record)}`).join(',');
  }
}

function unionOf(lists: readonly (Uint8Array | null)[]): readonly MarketId[] {
  return [...new Set(lists.flatMap(readMarketList))].sort();
}

function healthOf(bytes: Uint8Array | null) {
  if (bytes === null || bytes.length > scaleOutLimits.maxValueBytes) return null;
  try {
    const value = decodePublications(bytes).publications[0]?.value;
    return value?.kind === 'health' ? value.health : null;
  } catch (error) {
    if (error instanceof DamagedBytesError) return null;
    throw error;
  }
}
