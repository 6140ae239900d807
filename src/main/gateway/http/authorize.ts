import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../accounts/access.ts';
import type { GatewayContext } from '../gatewayContext.ts';

/** Null: it has been refused, and the route is done. */
export async function authorize(
  context: Pick<GatewayContext, 'access' | 'refuse'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Principal | null> {
  const result = await context.access.ofRequest(request.raw);
  if (result.ok) return result.principal;
  context.refuse(reply, result.error);
  return null;
}
