import type { GatewayClock } from '../gatewayClock.ts';

/** Something that is due at a moment; fired once for each time that it was scheduled. */
export interface Paced {
  /** Infinity: not scheduled. Written by the pacer alone. */
  dueMs: number;
  fire(nowMs: number): void;
}

interface Slot {
  readonly dueMs: number;
  readonly paced: Paced;
}

/** Two turns have at least this between them: what is due together goes out together. */
const turnMs = 4;
/** Then other work has its turn: sockets are read and written in between. */
const maxPerTurn = 200;

/** One timer for all clients: a heap of what is due, the earliest first. */
export class Pacer {
  private readonly clock: GatewayClock;
  private readonly heap: Slot[] = [];
  private cancel: (() => void) | null = null;
  private armedMs = Infinity;
  private lastTurnMs = -Infinity;

  constructor(clock: GatewayClock) {
    this.clock = clock;
  }

  /** At the given moment, or at the earlier one that it is scheduled for. */
  schedule(paced: Paced, dueMs: number): void {
    if (paced.dueMs <= dueMs) return;
    paced.dueMs = dueMs;
    this.push({ dueMs, paced });
    this.arm();
  }

  close(): void {
    this.cancel?.();
    this.cancel = null;
    this.heap.length = 0;
  }

  private arm(): void {
    const [earliest] = this.heap;
    if (earliest === undefined) return;
    const atMs = Math.max(earliest.dueMs, this.lastTurnMs + turnMs);
    if (this.cancel !== null && this.armedMs <= atMs) return;
    this.cancel?.();
    this.armedMs = atMs;
    const delayMs = Math.max(0, atMs - this.clock.monotonicMs());
    this.cancel = this.clock.after(Math.ceil(delayMs), () => this.turn());
  }

  private turn(): void {
    this.cancel = null;
    this.armedMs = Infinity;
    const nowMs = this.clock.monotonicMs();
    this.lastTurnMs = nowMs;
    for (let fired = 0; fired < maxPerTurn;) {
      const [earliest] = this.heap;
      if (earliest === undefined || earliest.dueMs > nowMs) break;
      this.pop();
      const { paced, dueMs } = earliest;
      // Scheduled for an earlier moment since: that one has fired.
      if (paced.dueMs !== dueMs) continue;
      paced.dueMs = Infinity;
      paced.fire(nowMs);
      fired += 1;
    }
    this.arm();
  }

  private push(slot: Slot): void {
    const { heap } = this;
    let at = heap.length;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || parent.dueMs <= slot.dueMs) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = slot;
  }

  private pop(): void {
    const { heap } = this;
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const leftAt = at * 2 + 1;
      const left = heap[leftAt];
      if (left === undefined) break;
      const right = heap[leftAt + 1];
      const isRight = right !== undefined && right.dueMs < left.dueMs;
      const child = isRight ? right : left;
      if (child.dueMs >= moved.dueMs) break;
      heap[at] = child;
      at = isRight ? leftAt + 1 : leftAt;
    }
    heap[at] = moved;
  }
}
