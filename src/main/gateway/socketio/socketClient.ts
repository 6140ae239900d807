import * as v from 'valibot';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { resumePosition } from '../../../shared/gateway/polling.ts';
import { clientMessageSchema } from '../../../shared/gateway/requests.ts';
import type { ClientMessage, SubscribeRequest } from '../../../shared/gateway/requests.ts';
import type { ServerMessage, StatusMessage } from '../../../shared/gateway/wire.ts';
import { assertNever } from '../../../shared/assert.ts';
import type { AccessResult, Principal } from '../accounts/access.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import type { ClientSession } from '../hub/clientContract.ts';
import { welcomeOf } from '../streams/welcome.ts';
import { joinAccessRooms } from './accessRooms.ts';
import { CompatSubscriptions } from './compatSubscriptions.ts';
import { isRecord } from './packets.ts';
import { ProfitAndLossEvents } from './profitAndLossEvents.ts';
import { describePayload } from './protocolLog.ts';
import { idOf, knownEvents, notSymbols, requestError, symbolsError } from './requestErrors.ts';
import { socketAddress } from './socketAddress.ts';
import type { GatewaySocket } from './socketEvents.ts';
import { SocketSink } from './socketSink.ts';
import type { TickerBoard } from './tickerBoard.ts';

export interface SocketClientOptions {
  readonly context: GatewayContext;
  readonly board: TickerBoard;
  readonly socket: GatewaySocket;
  readonly principal: Principal;
}

type Acknowledge = (answer: unknown) => void;

/** The library appends it where the client asked for one; nothing that a client sends is a function. */
function isAcknowledge(value: unknown): value is Acknowledge {
  return typeof value === 'function';
}

/** Refused messages in a row until the connection is closed: whoever goes on is not listening. */
const refusalsUntilClosed = 200;

/** One connected socket with its session of the hub. Null: there was no room, and it has been told. */
export function openSocketClient(options: SocketClientOptions): SocketClient | null {
  const { context, socket, principal } = options;
  const sink = new SocketSink(socket, context.clock);
  const session = context.hub.open({
    transport: 'socketio',
    principal,
    address: socketAddress(socket),
    sink,
  });
  if ('code' in session) {
    sink.end(session);
    return null;
  }
  const client = new SocketClient(options, session, sink);
  client.listen();
  return client;
}

class SocketClient {
  readonly profitAndLoss: ProfitAndLossEvents;
  private readonly context: GatewayContext;
  private readonly socket: GatewaySocket;
  private readonly session: ClientSession;
  private readonly sink: SocketSink;
  private readonly compat: CompatSubscriptions;
  private readonly native = new Set<ChannelId>();
  /** Where the client said at the handshake that it goes on: taken by its first subscription. */
  private resumeFrom: string | null;
  private refusals = 0;

  constructor(options: SocketClientOptions, session: ClientSession, sink: SocketSink) {
    const { context, socket, board } = options;
    this.context = context;
    this.socket = socket;
    this.session = session;
    this.sink = sink;
    this.resumeFrom = socket.data.cursor ?? null;
    this.compat = new CompatSubscriptions({
      ...{ hub: context.hub, clock: context.clock, board, session, sink },
      isNative: (channel) => this.native.has(channel),
    });
    this.profitAndLoss = new ProfitAndLossEvents(socket, context.clock);
  }

  listen(): void {
    const { socket } = this;
    // The one listener of all events: what is not one of ours is answered as well.
    socket.onAny((event: string, ...parameters: unknown[]) => {
      const last = parameters.at(-1);
      const acknowledge = isAcknowledge(last) ? last : null;
      const isBare = acknowledge !== null && parameters.length === 1;
      this.take(event, isBare ? undefined : parameters[0], acknowledge);
    });
    socket.on('disconnect', () => this.close());
    this.sink.sendMessage(welcomeOf(this.context, this.session));
    this.sink.sendStatus('connected', 'Connected. Subscribe to receive data.');
  }

  private close(): void {
    this.compat.close();
    this.profitAndLoss.close();
    this.session.close();
  }

  private take(event: string, payload: unknown, acknowledge: Acknowledge | null): void {
    const limited = this.session.spend('message');
    if (limited !== null) {
      this.refuseFlood(limited, acknowledge);
      return;
    }
    this.refusals = 0;
    this.log(event, payload);
    if (event === 'subscribe_pnl' || event === 'unsubscribe_pnl') {
      if (event === 'subscribe_pnl') this.profitAndLoss.open();
      else this.profitAndLoss.close();
      acknowledge?.({ ok: true });
    } else if (
      (event === 'subscribe' || event === 'unsubscribe') &&
      isRecord(payload) &&
      'symbols' in payload
    ) {
      this.takeSymbols(event, payload['symbols'], acknowledge);
    } else {
      this.takeNative(event, payload, acknowledge);
    }
  }

  /** Told at the first, then only now and then: answers must not be worth more than what they answer. */
  private refuseFlood(error: GatewayError, acknowledge: Acknowledge | null): void {
    this.refusals += 1;
    if (this.refusals >= refusalsUntilClosed) this.sink.end(error);
    else if (this.refusals === 1 || acknowledge !== null) this.refuse(error, null, acknowledge);
  }

  private takeSymbols(
    event: 'subscribe' | 'unsubscribe',
    symbols: unknown,
    acknowledge: Acknowledge | null,
  ): void {
    const error = symbolsError(symbols) ?? this.session.spend('subscribe');
    if (error !== null || !Array.isArray(symbols)) {
      this.refuse(error ?? notSymbols, null, acknowledge);
      return;
    }
    const answer =
      event === 'subscribe' ? this.compat.subscribe(symbols) : this.compat.unsubscribe(symbols);
    this.followRooms();
    const name = event === 'subscribe' ? 'subscription_confirmed' : 'unsubscription_confirmed';
    this.socket.emit(name, answer);
    acknowledge?.(answer);
  }

  private takeNative(event: string, payload: unknown, acknowledge: Acknowledge | null): void {
    const parsed = v.safeParse(clientMessageSchema, {
      ...(isRecord(payload) ? payload : {}),
      type: event,
    });
    if (parsed.success) {
      this.answer(parsed.output, acknowledge);
      return;
    }
    this.refuse(requestError(event, parsed.issues), idOf(payload), acknowledge);
  }

  private answer(message: ClientMessage, acknowledge: Acknowledge | null): void {
    switch (message.type) {
      case 'subscribe':
        this.subscribe(message, acknowledge);
        break;
      case 'unsubscribe':
        this.unsubscribe(message.channels, message.id ?? null, acknowledge);
        break;
      case 'resume':
        this.resume(message.cursor, acknowledge);
        break;
      case 'authenticate':
        void this.renew(message.token, message.id ?? null, acknowledge);
        break;
      case 'ping':
      case 'heartbeat':
        this.reply(
          { type: 'pong', id: message.id ?? null, time: this.context.clock.wallMs() },
          acknowledge,
        );
        break;
      default:
        assertNever(message);
    }
  }

  private subscribe(request: SubscribeRequest, acknowledge: Acknowledge | null): void {
    const limited = this.session.spend('subscribe');
    if (limited !== null) {
      this.refuse(limited, request.id ?? null, acknowledge);
      return;
    }
    this.session.subscribe(request, (answer) => {
      for (const channel of answer.accepted) {
        this.native.add(channel);
        this.sink.setQuiet(channel, false);
      }
      this.sink.hasNative = this.native.size > 0;
      this.followRooms();
      this.reply(answer, acknowledge);
    });
    if (this.resumeFrom !== null) this.resume(this.resumeFrom, null);
  }

  private unsubscribe(
    channels: readonly string[],
    id: string | null,
    acknowledge: Acknowledge | null,
  ): void {
    const answer = this.session.unsubscribe(channels, id);
    for (const channel of answer.removed) {
      this.native.delete(channel);
      if (this.compat.holds(channel)) this.compat.keep(channel);
    }
    this.sink.hasNative = this.native.size > 0;
    this.followRooms();
    this.reply(answer, acknowledge);
  }

  private resume(cursor: string, acknowledge: Acknowledge | null): void {
    const isEarly = this.native.size === 0;
    this.resumeFrom = isEarly ? cursor : null;
    if (isEarly) {
      // Without channels there is nothing to look for, and nothing that could be said to be resumed.
      acknowledge?.(
        this.status('connected', 'Noted: what was missed comes with the first channels.'),
      );
      return;
    }
    const result = this.session.resume(resumePosition(cursor));
    if (result.type === 'resumed') {
      this.reply(
        this.status('resumed', `Continued: ${result.events} missed events were sent again.`),
        acknowledge,
      );
    } else {
      acknowledge?.(result.message);
    }
  }

  private async renew(
    token: string,
    id: string | null,
    acknowledge: Acknowledge | null,
  ): Promise<void> {
    const result = await this.verify(token);
    if (!this.socket.connected) return;
    const error = result.ok ? this.session.renew(result.principal) : result.error;
    if (error !== null) {
      this.refuse(error, id, acknowledge);
      return;
    }
    if (result.ok) {
      this.socket.data.principal = result.principal;
      joinAccessRooms(this.socket, result.principal);
    }
    this.reply(welcomeOf(this.context, this.session), acknowledge);
  }

  private async verify(token: string): Promise<AccessResult> {
    const { access, log } = this.context;
    try {
      return await access.ofToken(token, socketAddress(this.socket));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.name : 'unknown';
      log({ level: 'error', scope: 'socketio', text: `a token was not verified: ${reason}` });
      return { ok: false, error: failed };
    }
  }

  private status(status: StatusMessage['status'], message: string): StatusMessage {
    return {
      type: 'status',
      status,
      source: this.context.hub.source,
      time: this.context.clock.wallMs(),
      message,
      user: this.session.principal.user,
    };
  }

  /** One room per channel: for counts, for operators, and for what other gateways send to all of a channel. */
  private followRooms(): void {
    const { socket } = this;
    const { channels } = this.session;
    for (const channel of channels) {
      if (!socket.rooms.has(channel)) void socket.join(channel);
    }
    for (const room of socket.rooms) {
      if (isChannelRoom(room, socket.id) && !channels.has(room)) void socket.leave(room);
    }
  }

  private reply(
    message: Exclude<ServerMessage, { readonly type: 'updates' }>,
    acknowledge: Acknowledge | null,
  ): void {
    this.sink.sendMessage(message);
    acknowledge?.(message);
  }

  private refuse(error: GatewayError, id: string | null, acknowledge: Acknowledge | null): void {
    this.log('refused', error.code);
    const time = this.context.clock.wallMs();
    this.reply({ type: 'error', id, error, time }, acknowledge);
  }

  private log(event: string, payload: unknown): void {
    const name = knownEvents.has(event) ? event : 'unknown event';
    const { id } = this.session;
    this.context.log({
      level: 'debug',
      scope: 'socketio',
      text: `${id} ${name} ${describePayload(payload)}`,
    });
  }
}

const failed: GatewayError = {
  code: 'INTERNAL',
  message: 'The token could not be checked. Try again.',
};

/** A socket is also in rooms of its id, its user and its login. */
function isChannelRoom(room: string, socketId: string): boolean {
  return room !== socketId && !room.includes(':');
}
