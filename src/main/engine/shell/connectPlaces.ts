import { RollingWindow } from '../feed/rollingWindow.ts';
import type { RollingLimit } from '../venues/venue.ts';

/** Connects are spread so that a venue never sees a burst, whatever its window allows. */
const spacingMs = 250;

/** When a venue's connections may connect: strict over what was done, fair over what is planned. */
export class ConnectPlaces {
  readonly #done: RollingWindow;
  readonly #limit: RollingLimit;
  /** Done and still inside the window, oldest first. */
  #doneMs: number[] = [];
  /** One plan a connection; a new one takes the place of the old. */
  readonly #plannedMs = new Map<string, number>();

  constructor(limit: RollingLimit) {
    this.#limit = limit;
    this.#done = new RollingWindow(limit);
  }

  /** Takes the first place at or after `earliestMs` that leaves the others theirs; returns its time. */
  plan(connection: string, earliestMs: number, nowMs: number): number {
    this.#plannedMs.delete(connection);
    this.#expire(nowMs);
    const taken = [...this.#doneMs, ...this.#plannedMs.values()].sort((a, b) => a - b);
    let at = earliestMs;
    for (let next = this.#conflict(at, taken); next !== null; next = this.#conflict(at, taken)) {
      // Beyond what a number can count there is no later time.
      if (next <= at) break;
      at = next;
    }
    this.#plannedMs.set(connection, at);
    return at;
  }

  /** A connect that happens now, planned or not: its time, later than now where the window is full. */
  take(connection: string, earliestMs: number, nowMs: number): number {
    this.#plannedMs.delete(connection);
    this.#expire(nowMs);
    const at = Math.max(earliestMs, this.#done.freeAt(nowMs));
    this.#done.use(at);
    this.#doneMs.push(at);
    return at;
  }

  used(nowMs: number): number {
    return this.#done.used(nowMs);
  }

  /**
   * Where to look next when `at` is too near to another connect, or one too many in some window; null when it fits. Compares
   * sums, which are the places given, and never differences: `t + 250 - t` may be less than 250, and no place would ever fit.
   */
  #conflict(at: number, taken: readonly number[]): number | null {
    const near = taken.find((time) => time < at + spacingMs && at < time + spacingMs);
    if (near !== undefined) return near + spacingMs;
    const { count, windowMs } = this.#limit;
    const all = [...taken, at].sort((a, b) => a - b);
    for (let first = 0; first + count < all.length; first += 1) {
      const begin = all[first] ?? 0;
      const end = all[first + count] ?? 0;
      if (end < begin + windowMs && begin <= at && at <= end) {
        return Math.max(begin + windowMs, at + spacingMs);
      }
    }
    return null;
  }

  #expire(nowMs: number): void {
    this.#doneMs = this.#doneMs.filter((time) => time + this.#limit.windowMs > nowMs);
  }
}
