import type { FastifyReply } from 'fastify';
import * as v from 'valibot';
import { assertNever } from '../../../shared/assert.ts';
import { gatewayPaths } from '../../../shared/channels.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { sessionCookie } from '../cookies.ts';
import type { GatewayAccess } from './createAccess.ts';
import { limitedBy } from './logins.ts';
import { badBody, portOf } from './routeParts.ts';
import type { AuthContext } from './routeParts.ts';

const keySchema = v.strictObject({ key: v.pipe(v.string(), v.maxLength(128)) });

/** The page's own session: state of its cookie, and exchange of the printed key. */
export function addSessionRoutes(
  { server, refuse, clock }: AuthContext,
  access: GatewayAccess,
): void {
  /** A page asks whether its cookie still holds: a refused socket cannot tell it. */
  server.get(gatewayPaths.session, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const result = await access.ofRequest(request.raw);
    if (!result.ok) return refuse(reply, refusalOfPage(result.error, access));
    const { user, expiresTime } = result.principal;
    if (user === null || expiresTime === null) return reply.code(204).send();
    return reply.send({ username: user, expires_in_ms: Math.max(0, expiresTime - clock.wallMs()) });
  });
  server.post(gatewayPaths.session, async (request, reply): Promise<FastifyReply> => {
    if (!access.isLoopback) return refuse(reply, signInRequired);
    const parsed = v.safeParse(keySchema, request.body);
    if (!parsed.success) return refuse(reply, badBody('{"key": "KEY"}'));
    const result = access.sessions.exchange(parsed.output.key);
    switch (result.type) {
      case 'session':
        return reply
          .code(204)
          .header('cache-control', 'no-store')
          .header(
            'set-cookie',
            sessionCookie({ port: portOf(request), isSecure: access.isSecure }, result.token),
          )
          .send();
      case 'limited':
        return refuse(reply, limitedBy(result.retryAfterSec * 1000, 'wrong keys'));
      case 'refused':
        return refuse(reply, wrongKey);
      default:
        return assertNever(result);
    }
  });
}

const signInRequired: GatewayError = {
  code: 'SIGN_IN_REQUIRED',
  message: 'Sign in with your user name and password.',
};

const openPrinted: GatewayError = {
  code: 'UNAUTHORIZED',
  message: 'Open the newest address that the gateway printed: it carries a new key.',
};

const wrongKey: GatewayError = {
  code: 'INVALID_TOKEN',
  message: 'This key is not valid. Open the newest address that the gateway printed.',
};

/** A page can show its form only where there is somebody who could sign in. */
function refusalOfPage(error: GatewayError, access: GatewayAccess): GatewayError {
  if (error.code === 'INTERNAL') return error;
  return !access.isLoopback || access.hasAccounts() ? signInRequired : openPrinted;
}
