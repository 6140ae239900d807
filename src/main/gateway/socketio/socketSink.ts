import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { ClientSink, OutboundUpdates } from '../hub/clientContract.ts';
import { authError, connectionStatus, connectionWord, isAboutAccess } from './compatPayloads.ts';
import type { ConnectionStatus } from './compatPayloads.ts';
import { cutConnection, watchConnection } from './connectionBuffer.ts';
import type { ConnectionBuffer } from './connectionBuffer.ts';
import type { GatewaySocket } from './socketEvents.ts';
import { writtenUpdates } from './writtenPayload.ts';

/** How long a goodbye may wait behind what the client does not read. */
const goodbyeMs = 2_000;

type SinkMessage = Parameters<ClientSink['sendMessage']>[0];

/** One client's way out: messages become events of their type. */
export class SocketSink implements ClientSink {
  private readonly socket: GatewaySocket;
  private readonly clock: GatewayClock;
  private readonly buffer: ConnectionBuffer;
  private readonly isNative: boolean;
  /** Held for the events of the older protocol alone: their records do not go out as `updates`. */
  private readonly quiet = new Set<ChannelId>();
  /** It has channels of our own protocol: what it is told keeps its cursor young, also where there is no record in it. */
  hasNative = false;
  private lastStatus = '';
  private hasEnded = false;

  constructor(socket: GatewaySocket, clock: GatewayClock) {
    this.socket = socket;
    this.clock = clock;
    this.buffer = watchConnection(socket.conn);
    this.isNative = socket.data.isNative === true;
  }

  bufferedBytes(): number {
    return this.buffer.bufferedBytes();
  }

  setQuiet(channel: ChannelId, isQuiet: boolean): void {
    if (isQuiet) this.quiet.add(channel);
    else this.quiet.delete(channel);
  }

  sendUpdates(updates: OutboundUpdates): void {
    if (this.hasEnded) return;
    const heard = this.quiet.size === 0 ? updates : this.withoutQuiet(updates);
    if (heard.records.length === 0 && !this.hasNative) return;
    this.socket.emit('updates', writtenUpdates(heard));
  }

  sendMessage(message: SinkMessage): void {
    if (this.hasEnded) return;
    this.socket.emit(message.type, message);
    if (message.type !== 'status') return;
    const word = connectionWord(message.status);
    if (word !== null) this.sendStatus(word, message.message);
  }

  /** Events of the older protocol: nothing to those who speak ours. */
  sendCompat(event: string, payload: unknown): void {
    if (!this.hasEnded && !this.isNative) this.socket.emit(event, payload);
  }

  /** Only what has changed. */
  sendStatus(status: ConnectionStatus['status'], message: string): void {
    const key = `${status} ${message}`;
    if (key === this.lastStatus) return;
    this.lastStatus = key;
    const user = this.socket.data.principal?.user ?? null;
    this.sendCompat(
      'connection_status',
      connectionStatus(status, message, this.clock.wallMs(), user),
    );
  }

  end(error: GatewayError): void {
    if (this.hasEnded) return;
    const time = this.clock.wallMs();
    this.socket.emit('error', { type: 'error', id: null, error, time });
    if (isAboutAccess(error)) this.sendCompat('auth_error', authError(error, time));
    this.sendStatus('disconnected', error.message);
    this.hasEnded = true;
    const { socket } = this;
    socket.disconnect(true);
    const { conn } = socket;
    if (conn.readyState === 'closed') return;
    const cancel = this.clock.after(goodbyeMs, () => cutConnection(conn));
    conn.once('close', cancel);
  }

  private withoutQuiet(updates: OutboundUpdates): OutboundUpdates {
    const records = updates.records.filter(({ update }) => !this.quiet.has(update.channel));
    return { ...updates, records };
  }
}
