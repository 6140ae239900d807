import type { BookEvent, BookSequence, LevelList } from '../venues/venue.ts';

/** Levels that outlive the call in which they were decoded. */
export interface HeldLevels {
  readonly bids: LevelList;
  readonly asks: LevelList;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
}

export interface HeldDelta extends HeldLevels {
  readonly sequence: BookSequence;
  readonly receivedTime: number;
}

export interface SavedDelta {
  readonly bids: SavedLevels;
  readonly asks: SavedLevels;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly sequence: BookSequence;
  readonly receivedTime: number;
}

interface SavedLevels {
  readonly prices: readonly number[];
  readonly sizes: readonly number[];
}

export function holdDelta(
  levels: HeldLevels,
  sequence: BookSequence,
  receivedTime: number,
): HeldDelta {
  return {
    bids: copyLevels(levels.bids),
    asks: copyLevels(levels.asks),
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
    sequence: { ...sequence },
    receivedTime,
  };
}

export function saveDelta(delta: HeldDelta): SavedDelta {
  return { ...delta, bids: saveLevels(delta.bids), asks: saveLevels(delta.asks) };
}

export function restoreDelta(saved: SavedDelta): HeldDelta {
  return {
    ...saved,
    bids: { count: saved.bids.prices.length, ...saved.bids },
    asks: { count: saved.asks.prices.length, ...saved.asks },
  };
}

/** Deltas that wait for a snapshot, oldest first; bounded by levels, the oldest give way and are counted. */
export class DeltaBuffer {
  readonly #maxLevels: number;
  #deltas: HeldDelta[] = [];
  #start = 0;
  #levels = 0;
  #dropped = 0;

  constructor(maxLevels: number) {
    this.#maxLevels = maxLevels;
  }

  get count(): number {
    return this.#deltas.length - this.#start;
  }

  /** Deltas that had to give way since the last `clear`. */
  get dropped(): number {
    return this.#dropped;
  }

  push(event: BookEvent, receivedTime: number): void {
    this.#append(holdDelta(event, event.sequence, receivedTime));
    while (this.#levels > this.#maxLevels && this.count > 1) {
      this.dropOldest(1);
      this.#dropped += 1;
    }
  }

  at(index: number): HeldDelta | undefined {
    return this.#deltas[this.#start + index];
  }

  dropOldest(count: number): void {
    const end = Math.min(this.#start + count, this.#deltas.length);
    for (let index = this.#start; index < end; index += 1) {
      const delta = this.#deltas[index];
      if (delta !== undefined) this.#levels -= weight(delta);
    }
    this.#start = end;
    if (this.#start > 1_024 && this.#start * 2 > this.#deltas.length) {
      this.#deltas = this.#deltas.slice(this.#start);
      this.#start = 0;
    }
  }

  clear(): void {
    this.#deltas = [];
    this.#start = 0;
    this.#levels = 0;
    this.#dropped = 0;
  }

  save(): readonly SavedDelta[] {
    return this.#deltas.slice(this.#start).map(saveDelta);
  }

  restore(saved: readonly SavedDelta[]): void {
    this.clear();
    for (const delta of saved) this.#append(restoreDelta(delta));
  }

  #append(delta: HeldDelta): void {
    this.#deltas.push(delta);
    this.#levels += weight(delta);
  }
}

/** An empty delta takes room as well. */
function weight(delta: HeldDelta): number {
  return delta.bids.count + delta.asks.count + 4;
}

function copyLevels(levels: LevelList): LevelList {
  const { count } = levels;
  const prices = new Float64Array(count);
  const sizes = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    prices[index] = levels.prices[index] ?? 0;
    sizes[index] = levels.sizes[index] ?? 0;
  }
  return { count, prices, sizes };
}

function saveLevels(levels: LevelList): SavedLevels {
  return { prices: Array.from(levels.prices), sizes: Array.from(levels.sizes) };
}
