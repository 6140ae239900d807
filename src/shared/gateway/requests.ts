import * as v from 'valibot';
import { venueIds } from '../venues.ts';
import { gatewayLimits } from './limits.ts';

const requestId = v.optional(v.nullable(v.pipe(v.string(), v.maxLength(64))));
const channelText = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
const fieldName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.]{1,40}$/));

/** Of trades: what does not fit is not sent, and its sequence numbers are skipped (`filtered` clients see holes by design). */
export const filtersSchema = v.strictObject({
  minSize: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  side: v.optional(v.picklist(['buy', 'sell'])),
  venue: v.optional(v.picklist(venueIds)),
});
export type ChannelFilters = v.InferOutput<typeof filtersSchema>;

export const subscribeSchema = v.strictObject({
  type: v.literal('subscribe'),
  id: requestId,
  channels: v.pipe(v.array(channelText), v.minLength(1), v.maxLength(gatewayLimits.maxChannels)),
  /** State updates a second at most, of these channels; events are not held back by it. */
  rate: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(gatewayLimits.maxRatePerSec))),
  /** Keys of a record, dotted for inner ones (`price.price`); validity, sequence and type are always there. */
  fields: v.optional(v.pipe(v.array(fieldName), v.minLength(1), v.maxLength(40))),
  filters: v.optional(filtersSchema),
  /** Levels of a book side. */
  depth: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(gatewayLimits.maxBookDepth)),
  ),
  /** Of the WebSocket: state of these channels comes as differences (`delta.ts`); elsewhere it changes nothing. */
  delta: v.optional(v.boolean()),
});
export type SubscribeRequest = v.InferOutput<typeof subscribeSchema>;

/** Messages of a client of the gateway's own protocol. `heartbeat` is `ping` in other documents' words. */
export const clientMessageSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('authenticate'),
    id: requestId,
    token: v.pipe(v.string(), v.minLength(1), v.maxLength(8192)),
  }),
  subscribeSchema,
  v.strictObject({
    type: v.literal('unsubscribe'),
    id: requestId,
    channels: v.pipe(v.array(channelText), v.minLength(1), v.maxLength(gatewayLimits.maxChannels)),
  }),
  /** Right after `welcome` and the subscriptions: what was missed since the cursor comes first, or one `resync`. */
  v.strictObject({
    type: v.literal('resume'),
    id: requestId,
    cursor: v.pipe(v.string(), v.minLength(1), v.maxLength(120)),
  }),
  v.strictObject({ type: v.literal('ping'), id: requestId, time: v.optional(v.number()) }),
  v.strictObject({ type: v.literal('heartbeat'), id: requestId, time: v.optional(v.number()) }),
]);
export type ClientMessage = v.InferOutput<typeof clientMessageSchema>;
