import type { GatewayClock } from '../gatewayClock.ts';

export interface BucketSize {
  readonly size: number;
  readonly perSec: number;
}

/** Addresses and names that are remembered; the one that was quiet for longest goes first. */
const keyLimit = 20_000;

/** Token buckets by key (an address, a user). */
export class AttemptBuckets {
  readonly #bucket: BucketSize;
  readonly #clock: GatewayClock;
  readonly #levels = new Map<string, { readonly level: number; readonly time: number }>();

  constructor(bucket: BucketSize, clock: GatewayClock) {
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Null: taken. Otherwise in how many milliseconds there is one again. */
  take(key: string): number | null {
    const level = this.#level(key);
    if (level < 1) return Math.ceil(((1 - level) / this.#bucket.perSec) * 1000);
    this.#set(key, level - 1);
    return null;
  }

  /** What was taken did not count. */
  giveBack(key: string): void {
    this.#set(key, Math.min(this.#bucket.size, this.#level(key) + 1));
  }

  #level(key: string): number {
    const known = this.#levels.get(key);
    if (known === undefined) return this.#bucket.size;
    const passedSec = (this.#clock.monotonicMs() - known.time) / 1000;
    return Math.min(this.#bucket.size, known.level + passedSec * this.#bucket.perSec);
  }

  #set(key: string, level: number): void {
    // Deleted first: the order of the map is the order of last use.
    this.#levels.delete(key);
    if (level < this.#bucket.size)
      this.#levels.set(key, { level, time: this.#clock.monotonicMs() });
    const [oldest] = this.#levels.keys();
    if (this.#levels.size > keyLimit && oldest !== undefined) this.#levels.delete(oldest);
  }
}

/** What one person can take as many of as they like counts as one: of IPv6 the network, 64 bits. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
