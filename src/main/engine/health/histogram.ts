const bucketsPerOctave = 16;
const octaves = 24;
const smallestMs = 1 / 64;
const halfCount = bucketsPerOctave * octaves;

export interface HistogramSaved {
  readonly counts: readonly (readonly [bucket: number, count: number])[];
}

/**
 * Log-linear: sixteen buckets per doubling (3 % error) from 1/64 ms to 72 hours, with a mirror for negative values,
 * because a venue's clock may run behind ours.
 */
export class Histogram {
  private readonly counts = new Map<number, number>();
  private total = 0;

  add(valueMs: number): void {
    if (!Number.isFinite(valueMs)) return;
    const bucket = bucketOf(valueMs);
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + 1);
    this.total += 1;
  }

  get count(): number {
    return this.total;
  }

  /** Middle of the bucket that holds the quantile, null while empty. */
  quantile(q: number): number | null {
    return quantileOf([this], q);
  }

  clear(): void {
    this.counts.clear();
    this.total = 0;
  }

  entries(): IterableIterator<[number, number]> {
    return this.counts.entries();
  }

  save(): HistogramSaved {
    return { counts: [...this.counts] };
  }

  restore(saved: HistogramSaved): void {
    this.clear();
    for (const [bucket, count] of saved.counts) {
      this.counts.set(bucket, count);
      this.total += count;
    }
  }
}

/** Quantile over several histograms together. */
export function quantileOf(histograms: readonly Histogram[], q: number): number | null {
  const merged = new Map<number, number>();
  let total = 0;
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram.entries()) {
      merged.set(bucket, (merged.get(bucket) ?? 0) + count);
      total += count;
    }
  }
  if (total === 0) return null;
  let rank = Math.max(1, Math.ceil(q * total));
  for (const [bucket, count] of [...merged].sort((a, b) => a[0] - b[0])) {
    rank -= count;
    if (rank <= 0) return middleOf(bucket);
  }
  return null;
}

/** Rises with the value: negative buckets below zero, positive ones above. */
function bucketOf(valueMs: number): number {
  const size = Math.abs(valueMs);
  if (size < smallestMs) return 0;
  const octave = Math.min(octaves - 1, Math.floor(Math.log2(size / smallestMs)));
  const start = smallestMs * 2 ** octave;
  const step = Math.min(
    bucketsPerOctave - 1,
    Math.floor(((size - start) / start) * bucketsPerOctave),
  );
  const bucket = Math.min(halfCount, 1 + octave * bucketsPerOctave + step);
  return valueMs < 0 ? -bucket : bucket;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const index = Math.abs(bucket) - 1;
  const start = smallestMs * 2 ** Math.floor(index / bucketsPerOctave);
  const middle = start * (1 + ((index % bucketsPerOctave) + 0.5) / bucketsPerOctave);
  return bucket < 0 ? -middle : middle;
}
