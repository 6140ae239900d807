import * as v from 'valibot';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { AccessResult } from '../accounts/access.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import type { EngineConnection } from './connectionBuffer.ts';
import { isRecord } from './packets.ts';
import { socketAddress } from './socketAddress.ts';
import type { GatewaySocket } from './socketEvents.ts';

/** Refused attempts of one connection; the address has a bound of its own. */
const refusedAttempts = 5;
const attemptsOf = new WeakMap<EngineConnection, number>();

/** What a client of our own protocol says at the handshake beside its token. */
const nativeSchema = v.object({
  protocol: v.literal(1),
  cursor: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(140))),
});

/** The library's form of a refusal: `connect_error` with our error as its `data`. */
class RefusedConnection extends Error {
  override readonly name = 'RefusedConnection';
  readonly data: GatewayError;

  constructor(error: GatewayError) {
    super(error.message);
    this.data = error;
  }
}

/**
 * Before any event of a socket is taken. A client of our own protocol is refused at once; one of the older protocol has to be
 * let in for the moment in which it is told by `auth_error`, with nothing but that.
 */
export async function checkAccess(
  context: GatewayContext,
  socket: GatewaySocket,
  next: (error?: Error) => void,
): Promise<void> {
  const native = v.safeParse(nativeSchema, socket.handshake.auth);
  const result = await accessOf(context, socket);
  if (result.ok) {
    socket.data.principal = result.principal;
    socket.data.isNative = native.success;
    if (native.success && native.output.cursor !== undefined) {
      socket.data.cursor = native.output.cursor;
    }
    next();
    return;
  }
  const { conn } = socket;
  const attempts = (attemptsOf.get(conn) ?? 0) + 1;
  attemptsOf.set(conn, attempts);
  if (attempts >= refusedAttempts) {
    conn.close(true);
  } else if (native.success) {
    next(new RefusedConnection(result.error));
  } else {
    socket.data.refusal = result.error;
    next();
  }
}

/** A token in the payload decides alone, also when it is bad and a cookie would be good. */
async function accessOf(context: GatewayContext, socket: GatewaySocket): Promise<AccessResult> {
  const auth: unknown = socket.handshake.auth;
  try {
    return isRecord(auth) && auth['token'] !== undefined
      ? await context.access.ofToken(auth['token'], socketAddress(socket))
      : await context.access.ofRequest(socket.request);
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    context.log({
      level: 'error',
      scope: 'socketio',
      text: `access could not be decided: ${reason}`,
    });
    return {
      ok: false,
      error: { code: 'INTERNAL', message: 'The access could not be checked. Try again.' },
    };
  }
}
