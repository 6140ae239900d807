import * as v from 'valibot';

/** What the watching thread is told when it begins. */
const ordersSchema = v.object({
  /** A number that the watched thread raises as long as its loop turns. */
  beats: v.instance(SharedArrayBuffer),
  lookMs: v.number(),
  /** So many looks without a turn are a stall. */
  looks: v.number(),
  /** Looks between two reports of one stall. */
  pauseLooks: v.number(),
  /** Keeps the newest report; null: nothing is kept on disk. */
  file: v.nullable(v.string()),
});
export type StallOrders = v.InferOutput<typeof ordersSchema>;

export function parseOrders(value: unknown): StallOrders {
  return v.parse(ordersSchema, value);
}
