import type { FastifyReply } from 'fastify';
import { gatewayErrorStatus } from '../../shared/gateway/errors.ts';
import type { GatewayError } from '../../shared/gateway/errors.ts';

/** The one form of a refusal over HTTP. */
export function refuse(reply: FastifyReply, error: GatewayError): FastifyReply {
  if (error.retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
  }
  return reply
    .code(gatewayErrorStatus[error.code])
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error }));
}
