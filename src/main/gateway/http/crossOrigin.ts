import type { FastifyReply, FastifyRequest } from 'fastify';

const preflightSec = 600;

/** For pages of an origin that was let in: they may read, with a token of their own, never with our cookie. */
export function answerCrossOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | undefined {
  const { headers, method } = request;
  reply.headers({
    'access-control-allow-origin': headers.origin,
    'access-control-expose-headers': 'retry-after',
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'origin',
  });
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) {
    return undefined;
  }
  return reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
      'access-control-allow-headers': 'authorization, content-type, last-event-id',
      'access-control-max-age': String(preflightSec),
    })
    .send();
}
