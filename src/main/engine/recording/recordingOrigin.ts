import * as v from 'valibot';
import { venueIds } from '../../../shared/venues.ts';

const text = v.pipe(v.string(), v.maxLength(256));

const streamSchema = v.object({
  /** Our name of the stream: `OKX:BTC-USDT trade `. */
  name: text,
  /** What the frames call it. */
  topic: text,
  route: text,
});

const originSchema = v.object({
  marketKind: v.picklist(['spot', 'linear']),
  /** Nobody answers: neither silence nor a missing acknowledgement says anything. */
  canAsk: v.literal(false),
  venues: v.pipe(
    v.array(
      v.object({
        venue: v.picklist(venueIds),
        streams: v.pipe(v.array(streamSchema), v.maxLength(20_000)),
      }),
    ),
    v.minLength(1),
  ),
});

/**
 * How the engine of an imported session was built: with the streams alone that the files hold, under the names that they have
 * there. It stands in the header of each segment, so that a replay builds the same engine.
 */
export type RecordingOrigin = v.InferOutput<typeof originSchema>;
export type RecordedStreamName = v.InferOutput<typeof streamSchema>;

/** Null where it is absent: a session that this program heard itself. Throws `ValiError` for what is neither. */
export function parseOrigin(value: unknown): RecordingOrigin | null {
  return value === undefined || value === null ? null : v.parse(originSchema, value);
}
