import type { GatewayError } from '../../../shared/gateway/errors.ts';

export interface BucketSize {
  readonly size: number;
  readonly perSec: number;
}

/** Full at the start; refills all the time. */
export class TokenBucket {
  private readonly bucket: BucketSize;
  private left: number;
  private readMs: number;

  constructor(bucket: BucketSize, nowMs: number) {
    this.bucket = bucket;
    this.left = bucket.size;
    this.readMs = nowMs;
  }

  /** Null: taken. */
  take(what: string, nowMs: number): GatewayError | null {
    const { size, perSec } = this.bucket;
    this.left = Math.min(size, this.left + ((nowMs - this.readMs) / 1_000) * perSec);
    this.readMs = nowMs;
    if (this.left >= 1) {
      this.left -= 1;
      return null;
    }
    const retryAfterMs = Math.ceil(((1 - this.left) / perSec) * 1_000);
    const message = `Too many ${what}: ${size} at once and ${perSec} a second are taken. Wait, then go on.`;
    return { code: 'RATE_LIMITED', message, retryAfterMs };
  }
}
