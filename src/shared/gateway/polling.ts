import * as v from 'valibot';
import type { EpochMs } from '../market.ts';
import { subscribeSchema } from './requests.ts';
import type { ServerMessage, SubscribedMessage, WireUpdate } from './wire.ts';

/** Body of `POST /api/poll`: a subscription, and perhaps the cursor at which another transport stood. */
export const pollRequestSchema = v.strictObject({
  ...v.omit(subscribeSchema, ['type', 'id', 'delta']).entries,
  cursor: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(140))),
});
export type PollRequest = v.InferOutput<typeof pollRequestSchema>;

/**
 * Answer to `POST` and `GET /api/poll`. First the `messages` count (a `resync` voids what was held), then the `updates`.
 * Asking with its `cursor` says that it arrived; until then the same answer is given again.
 */
export interface PollAnswer {
  readonly type: 'poll';
  readonly session: string;
  /** Also a resume position for any other transport. */
  readonly cursor: string;
  readonly time: EpochMs;
  readonly messages: readonly PollMessage[];
  readonly updates: readonly WireUpdate[];
}

export type PollMessage = Exclude<ServerMessage, { readonly type: 'updates' }>;

/** Of the answer to `POST`. */
export interface PollOpened extends PollAnswer {
  readonly subscribed: SubscribedMessage;
  /** Asked no later than this after the last answer, or the session is forgotten. */
  readonly sessionMs: number;
  readonly waitMs: number;
}

/**
 * A log position does not move when only state changes, and an answer must: polling cursors are `POSITION~ANSWER`. Every
 * place that takes a cursor takes these as well.
 */
export function pollCursor(position: string, answer: number): string {
  return `${position}~${answer}`;
}

export function resumePosition(cursor: string): string {
  const tilde = cursor.lastIndexOf('~');
  return tilde < 0 ? cursor : cursor.slice(0, tilde);
}
