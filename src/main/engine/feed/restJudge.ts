import { isHijack } from '../ports/linkFailure.ts';
import type { LinkFailure } from '../ports/linkFailure.ts';
import type { RestAnswer } from '../venues/venue.ts';
import type { FeedContext } from './feedContext.ts';
import { errorOfLink, errorOfRequest, errorOfVerdict } from './feedErrors.ts';
import { isForeign } from './linkFailures.ts';
import type { RestOutcome, RestTask } from './restQueue.ts';
import type { VenueFeed } from './venueFeed.ts';

/** What an answer is worth; reports what is wrong with it, and lets the whole venue rest where it says so. */
export function judgeAnswer(
  feed: VenueFeed,
  answer: RestAnswer,
  task: RestTask,
  context: FeedContext,
): RestOutcome {
  const { venue, rest } = feed;
  const what = task.purpose.type;
  if (isHijack(answer.status, answer.headers['content-type'])) {
    return judgeFailure(feed, `HTTP ${answer.status}`, 'hijacked', task, context);
  }
  const verdict = venue.rest.classify(answer);
  if (verdict.type === 'ok') return 'answered';
  let restMs = 0;
  if (verdict.type === 'rate-limited') {
    restMs = verdict.retryAfterMs ?? venue.limits.punishmentMs;
    const cause = verdict.banned ? 'banned' : 'rate-limited';
    rest.freeze(context.nowMs + restMs, cause, context);
  }
  context.report(errorOfVerdict(venue.id, what, answer.status, verdict, restMs));
  return verdict.type === 'failed' && answer.status >= 500 ? 'failed' : 'refused';
}

/** No answer of the venue at all. */
export function judgeFailure(
  feed: VenueFeed,
  reason: string,
  failure: LinkFailure | null,
  task: RestTask,
  context: FeedContext,
): RestOutcome {
  const { id } = feed.venue;
  const what = task.purpose.type;
  if (failure === null) context.report(errorOfRequest(id, what, reason));
  else context.report(errorOfLink(id, failure, `${what}: ${reason}`));
  return failure !== null && isForeign(failure) ? 'foreign' : 'failed';
}
