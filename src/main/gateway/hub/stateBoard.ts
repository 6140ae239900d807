import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { LogEntry } from './eventLog.ts';
import type { Publication } from './marketFeed.ts';
import type { Shape, SharedRecord } from './shapes.ts';

/** One client's subscription, as the channel sees it. */
export interface ChannelReader {
  /** `isUrgent`: a value that was believed is not any more, so it does not wait for the client's pace. */
  onState(isUrgent: boolean): void;
  onEvent(entry: LogEntry): void;
}

/** A snapshot that is being waited for. */
export interface SnapshotWaiter {
  /** Something of the channel was heard. */
  look(): void;
  /** Whatever there is. */
  end(): void;
}

/** Written again after this: an age that was right then is not now. */
const freshlyWrittenMs = 1_000;

/** A channel that somebody wants: who, and its newest state. */
export class BoardChannel {
  readonly id: ChannelId;
  readonly readers = new Set<ChannelReader>();
  readonly waiting = new Set<SnapshotWaiter>();
  /** Since when its first value is on its way. */
  wantedMs: number;
  state: Publication | null = null;
  heardMs = 0;
  /** The feed has told of its events since it was wanted: what the log has of it is the newest. */
  hasEvents = false;
  /** The way to the data was gone since it was heard. */
  isDoubted = false;
  private written = new Map<string, SharedRecord>();
  private writtenMs = -Infinity;

  constructor(id: ChannelId, nowMs: number) {
    this.id = id;
    this.wantedMs = nowMs;
  }

  get isWanted(): boolean {
    return this.readers.size > 0 || this.waiting.size > 0;
  }

  /** False: it is older than what is held. */
  take(publication: Publication, nowMs: number): boolean {
    const { state } = this;
    if (state !== null && state.epoch === publication.epoch && publication.seq < state.seq) {
      return false;
    }
    this.state = publication;
    this.heardMs = nowMs;
    this.isDoubted = false;
    this.written.clear();
    return true;
  }

  doubt(): void {
    this.isDoubted = true;
    this.written.clear();
  }

  /** How far its value can be believed has changed. */
  writeAnew(): void {
    this.written.clear();
  }

  forget(nowMs: number): void {
    this.state = null;
    this.wantedMs = nowMs;
    this.hasEvents = false;
    this.written.clear();
  }

  /** Shared by all clients of the shape. */
  record(shape: Shape, nowMs: number, write: () => SharedRecord): SharedRecord {
    if (nowMs - this.writtenMs > freshlyWrittenMs) this.written.clear();
    let record = this.written.get(shape.key);
    if (record !== undefined) return record;
    if (this.written.size === 0) this.writtenMs = nowMs;
    record = write();
    this.written.set(shape.key, record);
    return record;
  }
}

/** Latest values of the channels that are wanted now; what nobody wants is forgotten at once, so that it cannot grow old. */
export class StateBoard {
  private readonly channelById = new Map<ChannelId, BoardChannel>();

  get size(): number {
    return this.channelById.size;
  }

  all(): IterableIterator<BoardChannel> {
    return this.channelById.values();
  }

  ids(): ReadonlySet<ChannelId> {
    return new Set(this.channelById.keys());
  }

  find(id: ChannelId): BoardChannel | undefined {
    return this.channelById.get(id);
  }

  channel(id: ChannelId, nowMs: number): BoardChannel {
    const held = this.channelById.get(id);
    if (held !== undefined) return held;
    const channel = new BoardChannel(id, nowMs);
    this.channelById.set(id, channel);
    return channel;
  }

  /** True when it was forgotten. */
  release(channel: BoardChannel): boolean {
    if (channel.isWanted || this.channelById.get(channel.id) !== channel) return false;
    return this.channelById.delete(channel.id);
  }
}
