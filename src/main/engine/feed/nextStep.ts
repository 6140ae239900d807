import type { NextStep } from '../../../shared/feedHealth.ts';
import type { DeadlineKind } from '../deadlines.ts';
import type { Connection } from './connection.ts';
import type { FeedContext } from './feedContext.ts';
import type { Stream } from './stream.ts';

/** What happens to a stream in trouble by itself, and when; null for one that is well. */
export function computeNextStep(
  stream: Stream,
  connection: Connection | null,
  rests: { readonly untilMs: number } | null,
  context: FeedContext,
): NextStep | null {
  const { status, stage, definition } = stream;
  const timeOf = (ms: number): number => context.time + Math.max(0, ms - context.nowMs);
  const at = (kind: DeadlineKind, subject: string): number | null => {
    const dueMs = context.deadlines.dueOf(kind, definition.venue, subject);
    return dueMs === null ? null : timeOf(dueMs);
  };
  if (status === 'live' || connection === null || connection.reason === 'paused') return null;
  const socket = connection.active;
  if (socket === null || socket.openedMs === null) {
    return { action: 'connect', time: connection.nextAttemptTime };
  }
  const { topic, id, key } = definition;
  if (status === 'failed') {
    const subject = `${connection.name}/${socket.generation}/${topic}`;
    return { action: 'retrySubscription', time: at('rejected', subject) };
  }
  if (socket.doubtedMs !== null) return { action: 'probe', time: at('doubt', connection.name) };
  if (stage === 'asked') return { action: 'probe', time: null };
  if (stage === 'resubscribed') return { action: 'replaceSocket', time: at('silence', id) };
  if (key.channel === 'book' && (status === 'resyncing' || status === 'subscribing')) {
    const retryTime = at('snapshot', key.instrument);
    const isFetched = connection.venue.sequencing.bootstrap === 'rest';
    if (isFetched && rests !== null) return { action: 'snapshot', time: timeOf(rests.untilMs) };
    if (retryTime !== null) return { action: 'snapshot', time: retryTime };
    return isFetched
      ? { action: 'snapshot', time: null }
      : { action: 'resubscribe', time: at('streamSnapshot', key.instrument) };
  }
  return { action: 'probe', time: at('silence', id) };
}
