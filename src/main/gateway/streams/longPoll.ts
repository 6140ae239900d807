import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import * as v from 'valibot';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import { pollRequestSchema, resumePosition } from '../../../shared/gateway/polling.ts';
import type { PollOpened } from '../../../shared/gateway/polling.ts';
import type { Principal } from '../accounts/access.ts';
import type { GatewayContext, GatewayPart } from '../gatewayContext.ts';
import { parseRequest } from './parseRequest.ts';
import { PollSession } from './pollSession.ts';
import {
  openSession,
  principalOf,
  spendAttempt,
  streamRoute,
  subscribeOrRefuse,
} from './streamRoute.ts';
import { welcomeOf } from './welcome.ts';

/** Sessions of one user, or of the key of this machine. */
const maxPollSessions = 200;

const questionSchema = v.strictObject({
  session: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  cursor: v.pipe(v.string(), v.minLength(1), v.maxLength(140)),
  /** Milliseconds; 0 answers at once. */
  wait: v.optional(v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number))),
});

const endSchema = v.strictObject({
  session: questionSchema.entries.session,
  cursor: v.optional(questionSchema.entries.cursor),
});

interface OwnedSession {
  readonly user: string | null;
  readonly poll: PollSession;
}

/** Streams for those who cannot hold one: a session, asked again and again. */
export function addLongPolling(context: GatewayContext): GatewayPart {
  const sessions = new Map<string, OwnedSession>();
  const { server } = context;

  server.post(apiPaths.poll, async (request, reply) => {
    spendAttempt(context, request.raw);
    const principal = await principalOf(context, request);
    const { cursor, ...asked } = parseRequest(pollRequestSchema, request.body, 'body');
    refuseTooMany(sessions, principal);
    const id = randomBytes(16).toString('base64url');
    const poll = new PollSession(id, context.clock, () => sessions.delete(id));
    const session = openSession(context, request, { transport: 'poll', principal, sink: poll });
    const welcome = welcomeOf(context, session);
    const subscribed = subscribeOrRefuse(session, { type: 'subscribe', ...asked });
    const position = cursor === undefined ? null : resumePosition(cursor);
    poll.attach(session, position ?? session.cursor);
    sessions.set(id, { user: principal.user, poll });
    poll.sendMessage(welcome);
    if (position !== null) session.resume(position);
    const opened: Pick<PollOpened, 'subscribed' | 'sessionMs' | 'waitMs'> = {
      subscribed,
      sessionMs: gatewayLimits.pollSessionMs,
      waitMs: gatewayLimits.longPollMs,
    };
    const first = await poll.first();
    return answer(reply, `${first.slice(0, -1)},${JSON.stringify(opened).slice(1)}`);
  });

  server.get(apiPaths.poll, streamRoute, async (request, reply) => {
    const principal = await principalOf(context, request);
    const { session, cursor, wait } = parseRequest(questionSchema, request.query, 'query');
    const poll = ownSession(sessions, session, principal);
    renew(poll, principal);
    const waitMs = Math.min(wait ?? gatewayLimits.longPollMs, gatewayLimits.longPollMs);
    const pending = poll.next(cursor, waitMs);
    reply.raw.once('close', () => {
      pending.forget();
    });
    return answer(reply, await pending.body);
  });

  server.delete(apiPaths.poll, async (request, reply) => {
    const principal = await principalOf(context, request);
    const { session } = parseRequest(endSchema, request.query, 'query');
    ownSession(sessions, session, principal).close();
    return reply.code(204).send();
  });

  return {
    close() {
      for (const { poll } of [...sessions.values()]) poll.close();
    },
  };
}

function answer(reply: FastifyReply, body: string): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(body);
}

function refuseTooMany(sessions: ReadonlyMap<string, OwnedSession>, { user }: Principal): void {
  const own = [...sessions.values()].filter((session) => session.user === user);
  if (own.length < maxPollSessions) return;
  throw new GatewayRefusal({
    code: 'OVERLOADED',
    message: `There are ${maxPollSessions} sessions already. End one with DELETE, or let it expire.`,
    retryAfterMs: gatewayLimits.pollSessionMs,
  });
}

/** That a session of another user exists is not said. */
function ownSession(
  sessions: ReadonlyMap<string, OwnedSession>,
  id: string,
  { user }: Principal,
): PollSession {
  const session = sessions.get(id);
  if (session !== undefined && session.user === user) return session.poll;
  throw new GatewayRefusal({
    code: 'NOT_FOUND',
    message:
      'There is no such session: it ended, or was not asked for a minute. Open one with POST.',
  });
}

/** A question under a newer token carries the session on with it. */
function renew(poll: PollSession, principal: Principal): void {
  const { session } = poll;
  if (session === null || session.principal.expiresTime === principal.expiresTime) return;
  const refusal = session.renew(principal);
  if (refusal !== null) throw new GatewayRefusal(refusal);
}
