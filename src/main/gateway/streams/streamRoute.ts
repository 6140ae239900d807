import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { resumePosition } from '../../../shared/gateway/polling.ts';
import type { SubscribeRequest } from '../../../shared/gateway/requests.ts';
import type { SubscribedMessage } from '../../../shared/gateway/wire.ts';
import type { Principal } from '../accounts/access.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import { printable } from '../http/readQuery.ts';
import type { ClientSession, ClientSink, TransportName } from '../hub/clientContract.ts';
import { EventStream } from './eventStream.ts';

/** Every EventSource sends GET and nothing else; HEAD would open a stream that nobody reads. */
export const streamRoute = { exposeHeadRoute: false };

/** The other side, as limits and logs name it. */
export function remoteAddressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? 'unknown';
}

export async function principalOf(
  { access }: Pick<GatewayContext, 'access'>,
  request: FastifyRequest,
): Promise<Principal> {
  const result = await access.ofRequest(request.raw);
  if (!result.ok) throw new GatewayRefusal(result.error);
  return result.principal;
}

/** Of a new connection or session, before anything is done for it. */
export function spendAttempt(
  { access }: Pick<GatewayContext, 'access'>,
  request: IncomingMessage,
): void {
  const limited = access.spendAttempt(remoteAddressOf(request));
  if (limited !== null) throw new GatewayRefusal(limited);
}

export function openSession(
  { hub }: Pick<GatewayContext, 'hub'>,
  request: FastifyRequest,
  options: {
    readonly transport: TransportName;
    readonly principal: Principal;
    readonly sink: ClientSink;
  },
): ClientSession {
  const opened = hub.open({ ...options, address: remoteAddressOf(request.raw) });
  if ('code' in opened) throw new GatewayRefusal(opened);
  return opened;
}

/** Refuses where nothing at all was accepted; the session is closed then. */
export function subscribeOrRefuse(
  session: ClientSession,
  request: SubscribeRequest,
): SubscribedMessage {
  const limited = session.spend('subscribe');
  const answer = limited === null ? session.subscribe(request) : null;
  if (answer !== null && answer.accepted.length > 0) return answer;
  session.close();
  const [rejected] = answer?.rejected ?? [];
  if (limited !== null || rejected === undefined) {
    throw new GatewayRefusal(
      limited ?? { code: 'INVALID_REQUEST', message: 'Name at least one channel.' },
    );
  }
  const { channel, message, ...error } = rejected;
  throw new GatewayRefusal({ ...error, message: `${printable(channel)}: ${message}` });
}

export interface EventClient {
  readonly context: GatewayContext;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Null: it has no channels of the hub, and is a client of it all the same: counted, and ended with its access. */
  readonly subscribe: SubscribeRequest | null;
  /** Of the query; the header wins. */
  readonly lastEventId: string | undefined;
  readonly createSink: (stream: EventStream, session: () => ClientSession | null) => ClientSink;
  /** Before anything that the hub sends. */
  readonly onOpen?: (stream: EventStream, opened: OpenedStream) => void;
}

export interface OpenedStream {
  readonly session: ClientSession;
  readonly subscribed: SubscribedMessage | null;
  /** It comes back: what it gets as ids must not run ahead of what it missed. */
  readonly isResuming: boolean;
}

/** Checks who it is and what it wants, and only then begins the stream. */
export async function openEventClient(client: EventClient): Promise<void> {
  const { context, request, reply } = client;
  requireAcceptable(request);
  spendAttempt(context, request.raw);
  const principal = await principalOf(context, request);
  const { clock, settings } = context;
  const stream = new EventStream({ reply, clock, heartbeatMs: settings.sseHeartbeatMs });
  let opened: ClientSession | null = null;
  const sink = client.createSink(stream, () => opened);
  const session = openSession(context, request, { transport: 'sse', principal, sink });
  opened = session;
  const subscribed =
    client.subscribe === null ? null : subscribeOrRefuse(session, client.subscribe);
  stream.onClose(() => {
    session.close();
  });
  const header = request.headers['last-event-id'];
  const lastEventId = typeof header === 'string' && header !== '' ? header : client.lastEventId;
  const isResuming = lastEventId !== undefined && lastEventId !== '';
  client.onOpen?.(stream, { session, subscribed, isResuming });
  if (isResuming) session.resume(resumePosition(lastEventId));
  stream.start();
}

/** A client that says it reads only other kinds would not understand what comes. */
function requireAcceptable(request: FastifyRequest): void {
  const accept = request.headers.accept ?? '*/*';
  if (/text\/(event-stream|\*)|\*\/\*/i.test(accept)) return;
  throw new GatewayRefusal({
    code: 'NOT_ACCEPTABLE',
    message:
      'This address answers with text/event-stream. Ask for it in "accept", or use /api/poll.',
  });
}
