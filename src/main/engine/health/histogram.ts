const octaves = 34;
const smallestMs = 1 / 64;

/** Bucket and count by turns, lowest bucket first: a checkpoint holds many of these. */
export type HistogramSaved = readonly number[];

/**
 * Log-linear: sixteen buckets per doubling (3 % error) or as many as asked for, from 1/64 ms to 72 hours, with a mirror
 * for negative values, because a venue's clock may run behind ours.
 */
export class Histogram {
  /** Buckets on one side of zero. */
  private readonly half: number;
  private readonly perOctave: number;
  /** By bucket, shifted so that the most negative one is at 0. */
  private readonly counts: Uint32Array;
  private total = 0;
  /** Between them lies everything that was counted: quantiles look nowhere else. */
  lowest: number;
  highest = -1;

  constructor(perOctave = 16) {
    this.perOctave = perOctave;
    this.half = perOctave * octaves;
    this.counts = new Uint32Array(2 * this.half + 1);
    this.lowest = this.counts.length;
  }

  add(valueMs: number, times = 1): void {
    if (!Number.isFinite(valueMs)) return;
    const index = bucketOf(valueMs, this.perOctave) + this.half;
    this.counts[index] = (this.counts[index] ?? 0) + times;
    this.total += times;
    if (index < this.lowest) this.lowest = index;
    if (index > this.highest) this.highest = index;
  }

  get count(): number {
    return this.total;
  }

  countAt(index: number): number {
    return this.counts[index] ?? 0;
  }

  /** Middle of the bucket that holds the quantile, null while empty. */
  quantile(q: number): number | null {
    return quantileOf([this], q);
  }

  clear(): void {
    this.counts.fill(0);
    this.total = 0;
    this.lowest = this.counts.length;
    this.highest = -1;
  }

  /** Adds what another one of equal buckets has counted. */
  merge(other: Histogram): void {
    for (let index = other.lowest; index <= other.highest; index += 1) {
      this.counts[index] = (this.counts[index] ?? 0) + other.countAt(index);
    }
    this.total += other.total;
    this.lowest = Math.min(this.lowest, other.lowest);
    this.highest = Math.max(this.highest, other.highest);
  }

  /** Buckets that hold something, lowest first. */
  visit(bucket: (middleMs: number, count: number) => void): void {
    for (let index = this.lowest; index <= this.highest; index += 1) {
      const count = this.countAt(index);
      if (count > 0) bucket(this.middleAt(index), count);
    }
  }

  /** Of the bucket at an index between `lowest` and `highest`. */
  middleAt(index: number): number {
    return middleOf(index - this.half, this.perOctave);
  }

  save(): HistogramSaved {
    const saved: number[] = [];
    for (let index = this.lowest; index <= this.highest; index += 1) {
      const count = this.countAt(index);
      if (count > 0) saved.push(index - this.half, count);
    }
    return saved;
  }

  restore(saved: HistogramSaved): void {
    this.clear();
    this.mergeSaved(saved);
  }

  mergeSaved(saved: HistogramSaved): void {
    for (let at = 0; at + 1 < saved.length; at += 2) {
      const index = (saved[at] ?? 0) + this.half;
      const count = saved[at + 1] ?? 0;
      // A state may come from a stranger: a bucket that is none would be looked for beyond what a number can count.
      if (this.counts[index] === undefined) continue;
      this.counts[index] = (this.counts[index] ?? 0) + count;
      this.total += count;
      this.lowest = Math.min(this.lowest, index);
      this.highest = Math.max(this.highest, index);
    }
  }
}

/** Quantile over several histograms of equal buckets together. */
export function quantileOf(histograms: readonly Histogram[], q: number): number | null {
  const total = histograms.reduce((sum, histogram) => sum + histogram.count, 0);
  if (total === 0) return null;
  let rank = Math.max(1, Math.ceil(q * total));
  const lowest = Math.min(...histograms.map((histogram) => histogram.lowest));
  const highest = Math.max(...histograms.map((histogram) => histogram.highest));
  for (let index = lowest; index <= highest; index += 1) {
    for (const histogram of histograms) rank -= histogram.countAt(index);
    if (rank <= 0) return histograms[0]?.middleAt(index) ?? null;
  }
  return null;
}

/** Rises with the value: negative buckets below zero, positive ones above. */
function bucketOf(valueMs: number, bucketsPerOctave: number): number {
  const size = Math.abs(valueMs);
  if (size < smallestMs) return 0;
  const octave = Math.min(octaves - 1, Math.floor(Math.log2(size / smallestMs)));
  const start = smallestMs * 2 ** octave;
  const step = Math.min(
    bucketsPerOctave - 1,
    Math.floor(((size - start) / start) * bucketsPerOctave),
  );
  const bucket = Math.min(octaves * bucketsPerOctave, 1 + octave * bucketsPerOctave + step);
  return valueMs < 0 ? -bucket : bucket;
}

function middleOf(bucket: number, bucketsPerOctave: number): number {
  if (bucket === 0) return 0;
  const index = Math.abs(bucket) - 1;
  const start = smallestMs * 2 ** Math.floor(index / bucketsPerOctave);
  const middle = start * (1 + ((index % bucketsPerOctave) + 0.5) / bucketsPerOctave);
  return bucket < 0 ? -middle : middle;
}
