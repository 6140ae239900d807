import * as v from 'valibot';
import { venueIds } from '../../../shared/venues.ts';

const optionsSchema = v.object({
  /** Null: the consolidated price. */
  venue: v.fallback(v.nullable(v.picklist(venueIds)), null),
});

/** What a chart keeps with the layout; market and interval belong to its link group. */
export type ChartOptions = v.InferOutput<typeof optionsSchema>;

export function parseChartOptions(saved: unknown): ChartOptions {
  const parsed = v.safeParse(optionsSchema, saved);
  return parsed.success ? parsed.output : { venue: null };
}
