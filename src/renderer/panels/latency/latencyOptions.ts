import * as v from 'valibot';
import { latencySpans } from '../../../shared/latency.ts';
import { venueIds } from '../../../shared/venues.ts';

const optionsSchema = v.object({
  /** `all`: every venue together. */
  venue: v.fallback(v.picklist(['all', ...venueIds]), 'all'),
  span: v.fallback(v.picklist(latencySpans), 'minute'),
});
export type LatencyOptions = v.InferOutput<typeof optionsSchema>;

export function parseLatencyOptions(saved: unknown): LatencyOptions {
  const result = v.safeParse(optionsSchema, saved);
  return result.success ? result.output : { venue: 'all', span: 'minute' };
}
