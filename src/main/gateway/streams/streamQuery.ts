import * as v from 'valibot';
import { venueIds } from '../../../shared/venues.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { subscribeSchema } from '../../../shared/gateway/requests.ts';
import type { SubscribeRequest } from '../../../shared/gateway/requests.ts';
import { parseRequest, quoted } from './parseRequest.ts';

const numberText = v.pipe(
  v.string(),
  v.regex(/^\d{1,12}(\.\d{1,12})?$/, ({ input }) => `it is a number, not ${quoted(input)}`),
  v.transform(Number),
);
const listText = v.pipe(
  v.string(),
  v.transform((text) => text.split(',').map((part) => part.trim())),
  v.transform((parts) => parts.filter((part) => part !== '')),
);

const streamEnds = {
  /** For a plain EventSource, which sends no header at its first connection. */
  lastEventId: v.optional(v.pipe(v.string(), v.maxLength(140))),
  /** Looked at where the access is decided. */
  ticket: v.optional(v.string()),
};

/** Of streams whose content is fixed: a choice that nothing comes of is refused, as a misspelled one is. */
export const dashboardQuerySchema = v.strictObject({ rate: v.optional(numberText), ...streamEnds });
export const fixedQuerySchema = v.strictObject(streamEnds);

/** `?channels=price.BTC-USDT,trades.ETH-USDT&rate=2&fields=price.price&minSize=0.1&side=buy&venue=okx&depth=10`. */
export const streamQuerySchema = v.strictObject({
  channels: v.optional(listText),
  rate: v.optional(numberText),
  fields: v.optional(listText),
  depth: v.optional(numberText),
  minSize: v.optional(numberText),
  side: v.optional(v.picklist(['buy', 'sell'])),
  venue: v.optional(v.picklist(venueIds)),
  ...streamEnds,
});
export type StreamQuery = v.InferOutput<typeof streamQuerySchema>;

export function parseStreamQuery(query: unknown): StreamQuery {
  return parseRequest(streamQuerySchema, query, 'query');
}

/** The same bounds as of the message `subscribe`. */
export function subscriptionOf(query: StreamQuery, channels: readonly string[]): SubscribeRequest {
  if (channels.length === 0) {
    throw new GatewayRefusal({
      code: 'INVALID_REQUEST',
      message: 'Name the channels, e.g. ?channels=price.BTC-USDT,trades.BTC-USDT.',
    });
  }
  const { rate, fields, depth, minSize, side, venue } = query;
  const filters = {
    ...(minSize === undefined ? {} : { minSize }),
    ...(side === undefined ? {} : { side }),
    ...(venue === undefined ? {} : { venue }),
  };
  const request = {
    type: 'subscribe',
    channels: [...new Set(channels)],
    ...(rate === undefined ? {} : { rate }),
    ...(fields === undefined ? {} : { fields }),
    ...(depth === undefined ? {} : { depth }),
    ...(Object.keys(filters).length === 0 ? {} : { filters }),
  };
  return parseRequest(subscribeSchema, request, 'query');
}
