import type { VenueId } from '../../shared/venues.ts';

/** What is due. `subject` names the connection, stream, request or venue that it is about. */
export type DeadlineKind =
  | 'attempt'
  | 'handshake'
  | 'heartbeat'
  | 'pong'
  | 'doubt'
  | 'goodData'
  | 'age'
  | 'handover'
  | 'pump'
  | 'ack'
  | 'rejected'
  | 'release'
  | 'silence'
  | 'snapshot'
  | 'streamSnapshot'
  | 'trades'
  | 'rest'
  | 'restResume'
  | 'instruments'
  | 'serverTime';

export interface Deadline {
  readonly kind: DeadlineKind;
  readonly venue: VenueId;
  readonly subject: string;
}

interface Entry extends Deadline {
  readonly key: string;
  readonly due: number;
  readonly creation: number;
}

export interface DeadlinesSaved {
  readonly creation: number;
  readonly entries: readonly (Deadline & { readonly due: number; readonly creation: number })[];
}

/** The core's only notion of "later": entries by monotonic time, run by (due, creation). One entry per kind and subject. */
export class Deadlines {
  private readonly entryByKey = new Map<string, Entry>();
  /** Binary heap; entries that were replaced or cleared stay in it until they surface. */
  private heap: Entry[] = [];
  private creation = 0;

  set(kind: DeadlineKind, venue: VenueId, subject: string, due: number): void {
    this.creation += 1;
    const key = `${kind}|${venue}|${subject}`;
    this.add({ kind, venue, subject, key, due, creation: this.creation });
    if (this.heap.length > 64 + 2 * this.entryByKey.size) this.compact();
  }

  clear(kind: DeadlineKind, venue: VenueId, subject: string): void {
    this.entryByKey.delete(`${kind}|${venue}|${subject}`);
  }

  has(kind: DeadlineKind, venue: VenueId, subject: string): boolean {
    return this.entryByKey.has(`${kind}|${venue}|${subject}`);
  }

  /** When it is due, null where it is not set. */
  dueOf(kind: DeadlineKind, venue: VenueId, subject: string): number | null {
    return this.entryByKey.get(`${kind}|${venue}|${subject}`)?.due ?? null;
  }

  /** Removes and returns the first entry due at `now`, null when none is. */
  takeDue(now: number): Deadline | null {
    for (;;) {
      const first = this.heap[0];
      if (first === undefined || first.due > now) return null;
      this.removeFirst();
      if (this.entryByKey.get(first.key) !== first) continue;
      this.entryByKey.delete(first.key);
      return first;
    }
  }

  get size(): number {
    return this.entryByKey.size;
  }

  save(): DeadlinesSaved {
    const entries = [...this.entryByKey.values()].sort((a, b) => a.creation - b.creation);
    return {
      creation: this.creation,
      entries: entries.map(({ kind, venue, subject, due, creation }) => ({
        kind,
        venue,
        subject,
        due,
        creation,
      })),
    };
  }

  restore(saved: DeadlinesSaved): void {
    this.entryByKey.clear();
    this.heap = [];
    this.creation = saved.creation;
    for (const entry of saved.entries) {
      this.add({ ...entry, key: `${entry.kind}|${entry.venue}|${entry.subject}` });
    }
  }

  private add(entry: Entry): void {
    this.entryByKey.set(entry.key, entry);
    const { heap } = this;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = heap[leftIndex];
      if (left === undefined) break;
      const right = heap[leftIndex + 1];
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = isRight ? leftIndex + 1 : leftIndex;
    }
    heap[index] = last;
  }

  private compact(): void {
    const entries = [...this.entryByKey.values()];
    this.heap = [];
    this.entryByKey.clear();
    for (const entry of entries) this.add(entry);
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.creation < b.creation);
}

/** More than all streams of all venues have at one moment, many times over. */
const mostRuns = 20_000;

/**
 * Runs what is due at `nowMs`, also what is set for that moment meanwhile. One that sets itself again for the same moment would
 * hold the whole engine for ever: then the rest waits for the next input, and the culprit is returned.
 */
export function runDueDeadlines(
  deadlines: Deadlines,
  nowMs: number,
  run: (deadline: Deadline) => void,
): Deadline | null {
  for (let runs = 1; ; runs += 1) {
    const due = deadlines.takeDue(nowMs);
    if (due === null) return null;
    run(due);
    if (runs === mostRuns) return due;
  }
}
