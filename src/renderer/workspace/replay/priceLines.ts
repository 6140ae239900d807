import type { EpochMs } from '../../../shared/market.ts';
import type { TimelineBucket } from '../../../shared/replay.ts';

/** A recording looks at its prices at least so often: a price that stood longer did stand. */
const longestSlopeMs = 5_000;

export interface PricePlace {
  readonly time: EpochMs;
  readonly price: number;
}

/**
 * Prices as lines from one that was looked at to the next. Between two looks the buckets repeat the former one, which is
 * no price that stood and then jumped. Where one is missing, or `isBroken`, a line ends and none leads across.
 */
export function computePriceLines(
  buckets: readonly TimelineBucket[],
  bucketMs: number,
  isBroken: (bucket: TimelineBucket) => boolean,
): readonly (readonly PricePlace[])[] {
  const lines: PricePlace[][] = [];
  let line: PricePlace[] = [];
  let stoodUntil: EpochMs = 0;
  const end = (): void => {
    const last = line.at(-1);
    if (last !== undefined) {
      if (stoodUntil > last.time) line.push({ time: stoodUntil, price: last.price });
      lines.push(line);
    }
    line = [];
  };
  for (const bucket of buckets) {
    const { price, messages } = bucket;
    if (price === null || messages === null || isBroken(bucket)) {
      end();
      continue;
    }
    const time = bucket.time + bucketMs;
    const last = line.at(-1);
    if (last?.price !== price) {
      const flatUntil = Math.min(stoodUntil, time - longestSlopeMs);
      if (last !== undefined && flatUntil > last.time) {
        line.push({ time: flatUntil, price: last.price });
      }
      line.push({ time, price });
    }
    stoodUntil = time;
  }
  end();
  return lines;
}
