import type { WireUpdate } from '../shared/gateway/wire.ts';

export interface SequenceHole {
  readonly channel: string;
  /** `epoch`: the publisher is another one, and nothing said so before. */
  readonly reason: 'hole' | 'epoch';
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** What is missing lies between a snapshot and the first that the stream said. */
  readonly isBehindSnapshot: boolean;
}

export interface Taken {
  /** New events, in the order of their sequence. */
  readonly ready: readonly WireUpdate[];
  readonly hole: SequenceHole | null;
  readonly isDuplicate: boolean;
}

interface Place {
  readonly epoch: string;
  readonly seq: number;
  /** The stream has not said anything of the channel yet: what it sends first is news, also what the snapshot had. */
  readonly isOfSnapshot: boolean;
}

const nothing: Taken = { ready: [], hole: null, isDuplicate: false };
/** Events that wait for those before them, while a stream is resumed. */
const heldLimit = 5_000;

/**
 * The client's own check that no event is lost and none comes twice. While a stream is resumed new events may come before
 * those that were missed: they wait for their turn.
 */
export class EventSequences {
  private readonly placeByChannel = new Map<string, Place>();
  private readonly heldByChannel = new Map<string, WireUpdate[]>();
  private heldCount = 0;
  private isResuming = false;

  take(update: WireUpdate, isFiltered: boolean): Taken {
    const { channel, epoch, seq } = update;
    const place = this.placeByChannel.get(channel);
    if (place === undefined) return this.accept(update, null);
    if (place.epoch !== epoch) {
      const unknown = { firstSeq: null, lastSeq: null, isBehindSnapshot: place.isOfSnapshot };
      return this.accept(update, { channel, reason: 'epoch', ...unknown });
    }
    if (seq <= place.seq) {
      return place.isOfSnapshot ? this.accept(update, null) : { ...nothing, isDuplicate: true };
    }
    if (seq === place.seq + 1 || isFiltered) return this.accept(update, null);
    if (this.isResuming && this.heldCount < heldLimit) {
      this.hold(update);
      return nothing;
    }
    const missing = { firstSeq: place.seq + 1, lastSeq: seq - 1 };
    const { isOfSnapshot: isBehindSnapshot } = place;
    return this.accept(update, { channel, reason: 'hole', ...missing, isBehindSnapshot });
  }

  /** Whether events of the channel wait for those before them. */
  isHolding(channel: string): boolean {
    return this.heldByChannel.has(channel);
  }

  beginResume(): void {
    this.isResuming = true;
  }

  /** Whatever still waits is taken as it is, with its holes. */
  endResume(): readonly Taken[] {
    this.isResuming = false;
    const waiting = [...this.heldByChannel.values()].flat();
    this.heldByChannel.clear();
    this.heldCount = 0;
    return waiting
      .toSorted((left, right) => left.seq - right.seq)
      .map((update) => this.take(update, false));
  }

  /** What comes next is where the channel begins anew, and what waits is of it; null: of all. */
  beginAnew(channels: readonly string[] | null): void {
    for (const channel of channels ?? [...this.placeByChannel.keys()]) {
      this.placeByChannel.delete(channel);
    }
  }

  /** Nothing more is heard of them; null: of all. */
  forget(channels: readonly string[] | null): void {
    this.beginAnew(channels);
    for (const channel of channels ?? [...this.heldByChannel.keys()]) {
      this.heldCount -= this.heldByChannel.get(channel)?.length ?? 0;
      this.heldByChannel.delete(channel);
    }
  }

  /** Where a snapshot stands: the stream has to go on from there. */
  begin({ channel, epoch, seq }: WireUpdate): void {
    if (this.placeByChannel.has(channel)) return;
    this.placeByChannel.set(channel, { epoch, seq, isOfSnapshot: true });
  }

  private accept(update: WireUpdate, hole: SequenceHole | null): Taken {
    const ready = [update];
    this.place(update);
    for (let next = this.takeHeld(update); next !== null; next = this.takeHeld(next)) {
      ready.push(next);
      this.place(next);
    }
    return { ready, hole, isDuplicate: false };
  }

  private place({ channel, epoch, seq }: WireUpdate): void {
    this.placeByChannel.set(channel, { epoch, seq, isOfSnapshot: false });
  }

  private hold(update: WireUpdate): void {
    const held = this.heldByChannel.get(update.channel);
    if (held === undefined) this.heldByChannel.set(update.channel, [update]);
    else held.push(update);
    this.heldCount += 1;
  }

  private takeHeld({ channel, epoch, seq }: WireUpdate): WireUpdate | null {
    const held = this.heldByChannel.get(channel);
    const at = held?.findIndex((each) => each.epoch === epoch && each.seq === seq + 1) ?? -1;
    if (held === undefined || at < 0) return null;
    const [next = null] = held.splice(at, 1);
    this.heldCount -= 1;
    if (held.length === 0) this.heldByChannel.delete(channel);
    return next;
  }
}
