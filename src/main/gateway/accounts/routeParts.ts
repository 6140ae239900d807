import type { FastifyRequest } from 'fastify';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { GatewayContext } from '../gatewayContext.ts';

export type AuthContext = Pick<GatewayContext, 'server' | 'refuse' | 'clock'>;

export function badBody(form: string): GatewayError {
  return { code: 'INVALID_REQUEST', message: `The body has to be JSON of the form ${form}.` };
}

export function portOf(request: FastifyRequest): number {
  return request.socket.localPort ?? 0;
}

export function addressOf(request: FastifyRequest): string {
  return request.socket.remoteAddress ?? 'unknown';
}
