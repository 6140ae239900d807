import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';

/** Redis is away, or did not answer in time: the same call may be made again when it is back. */
export class RedisAwayError extends Error {
  override readonly name = 'RedisAwayError';
}

/** Redis answers and says no: the same again changes nothing by itself. The text is for people. */
export class RedisRefusedError extends Error {
  override readonly name = 'RedisRefusedError';
  /** Redis' own first word. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type BeatRole = 'ingester' | 'gateway';

export interface Beat {
  readonly role: BeatRole;
  readonly id: string;
  /** What the process says of itself; read by all others. */
  readonly record: string;
  readonly keepMs: number;
  /** Of the wants that the caller has; they come again only when they changed. */
  readonly wantsVersion: string;
}

export interface ClusterView {
  /** By Redis' clock. */
  readonly time: EpochMs;
  /** Names the life of this Redis: another one begins the log of events anew. */
  readonly run: string;
  /** Those alive, by id. */
  readonly ingesters: ReadonlyMap<string, string>;
  readonly gateways: number;
  readonly wantsVersion: string;
  /** Of a gateway: what it wants is still known there. */
  readonly hasWants: boolean;
  /** Of an ingester: what all gateways want. Null: as before. */
  readonly wants: readonly ChannelId[] | null;
}

/** Who publishes a market. A later owner always has a higher fence. */
export interface Lease {
  readonly owner: string;
  readonly fence: number;
  /** Since it was claimed or renewed. */
  readonly ageMs: number;
}

export type LeaseStep =
  | { readonly type: 'look'; readonly market: MarketId }
  | { readonly type: 'claim'; readonly market: MarketId }
  | { readonly type: 'renew' | 'release'; readonly market: MarketId; readonly fence: number };

export interface MarketBatch {
  readonly market: MarketId;
  readonly fence: number;
  readonly eventCount: number;
  /** How many of them are gap records: those are numbered over all processes. */
  readonly gapCount: number;
  readonly events: Uint8Array | null;
  readonly states: readonly { readonly channel: ChannelId; readonly bytes: Uint8Array }[];
}

export interface PublishedBatch {
  readonly owner: string;
  readonly run: string;
  /** Counted up by the owner: the same number again is not published twice. */
  readonly number: number;
  readonly markets: readonly MarketBatch[];
}

export interface EventEntry {
  readonly id: string;
  readonly run: string;
  /** Place of the first event in the log, and of the first gap record among gap records. */
  readonly firstEvent: number;
  readonly firstGap: number;
  readonly markets: readonly { readonly market: MarketId; readonly bytes: Uint8Array }[];
}

/** All that the processes share. Calls reject with `RedisAwayError` while Redis is away, with `RedisRefusedError` where it says no. */
export interface RedisPort {
  isUp(): boolean;
  /** Called at once with what is, then at changes. Returns its unsubscribe. */
  onLink(listener: (isUp: boolean) => void): () => void;
  /** Says that the process is there. */
  beat(beat: Beat): Promise<ClusterView>;
  leave(role: BeatRole, id: string): Promise<void>;
  setWants(gateway: string, channels: readonly ChannelId[], keepMs: number): Promise<void>;
  /** Lease of each step's market after the step; null: nobody's, or that of one who is gone. */
  lease(
    owner: string,
    steps: readonly LeaseStep[],
    keepMs: number,
  ): Promise<readonly (Lease | null)[]>;
  /** Markets whose lease is not the owner's any more: nothing of them was published. */
  publish(batch: PublishedBatch): Promise<readonly MarketId[]>;
  /** Last values. */
  readStates(channels: readonly ChannelId[]): Promise<readonly (Uint8Array | null)[]>;
  /** Entries after that id; waits for the first one, and gives none when there was none for a while. */
  readEvents(afterId: string): Promise<readonly EventEntry[]>;
  /** Gives up the older half of the events that are kept. */
  makeRoom(): Promise<void>;
  put(name: string, bytes: Uint8Array, keepMs: number): Promise<void>;
  get(names: readonly string[]): Promise<readonly (Uint8Array | null)[]>;
  /** To those who listen now; tells how many do. */
  notify(topic: string, bytes: Uint8Array): Promise<number>;
  listen(topic: string, listener: (bytes: Uint8Array) => void): () => void;
  /** Listening was interrupted and goes on: what was sent meanwhile is lost. Returns its unsubscribe. */
  onListenGap(listener: () => void): () => void;
  append(log: string, bytes: Uint8Array, keepMs: number): Promise<void>;
  /** Entries of such a log after an id; `$`: none, only where it ends. */
  readLog(
    log: string,
    afterId: string,
  ): Promise<{ readonly lastId: string; readonly entries: readonly Uint8Array[] }>;
  close(): Promise<void>;
}

export const stateTopic = (channel: ChannelId): string => `state:${channel}`;
