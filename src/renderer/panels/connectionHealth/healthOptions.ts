import * as v from 'valibot';

const optionsSchema = v.object({
  allMarkets: v.fallback(v.boolean(), false),
  allChannels: v.fallback(v.boolean(), false),
});
export type HealthOptions = v.InferOutput<typeof optionsSchema>;

export function parseHealthOptions(saved: unknown): HealthOptions {
  const result = v.safeParse(optionsSchema, saved);
  return result.success ? result.output : { allMarkets: false, allChannels: false };
}
