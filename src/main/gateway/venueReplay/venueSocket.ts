import type { RawData, WebSocket } from 'ws';
import type { RecordedFrame } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import { TokenBucket } from '../hub/tokenBucket.ts';
import { watchPeer } from '../streams/socketHeartbeat.ts';
import type { DialectPort, DialectSocket } from './venueDialect.ts';

/** A program that does not read is cut, as the venues do. */
const maxUnreadBytes = 4 * 1_048_576;

/** Messages of a program: some times what the strictest venue takes. */
const messageBucket = { size: 100, perSec: 20 };
/** As often as a venue pings; a peer that is gone must not hold the run. */
const heartbeatMs = 20_000;

/** One connection of a program that takes this for a venue. */
export class VenueSocket implements DialectPort {
  dialect: DialectSocket | null = null;
  onSubscribed: () => void = () => undefined;
  private readonly socket: WebSocket;
  private readonly recorded: ReadonlySet<string>;
  private readonly subscribed = new Set<string>();

  constructor(socket: WebSocket, recorded: ReadonlySet<string>, clock: GatewayClock) {
    this.socket = socket;
    this.recorded = recorded;
    const bucket = new TokenBucket(messageBucket, clock.monotonicMs());
    socket.on('message', (message, isBinary) => {
      if (socket.readyState !== socket.OPEN) return;
      if (isBinary) this.end(1003, 'text only');
      else if (bucket.take('messages', clock.monotonicMs()) !== null) {
        this.end(1008, 'too many messages');
      } else this.dialect?.onText(textOf(message));
    });
    socket.on(
      'close',
      watchPeer(socket, clock, heartbeatMs, () => undefined),
    );
    socket.on('error', () => {
      // `close` follows and tells.
    });
  }

  get topics(): readonly string[] {
    return [...this.subscribed];
  }

  send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > maxUnreadBytes) {
      this.end(1008, 'too slow: the program stopped reading');
      return;
    }
    this.socket.send(text);
  }

  isRecorded(topic: string): boolean {
    return this.recorded.has(topic);
  }

  has(topic: string): boolean {
    return this.subscribed.has(topic);
  }

  add(topic: string): void {
    if (this.subscribed.has(topic)) return;
    this.subscribed.add(topic);
    const snapshot = this.dialect?.snapshotOf(topic) ?? null;
    if (snapshot !== null) this.send(snapshot);
    this.onSubscribed();
  }

  remove(topic: string): void {
    this.subscribed.delete(topic);
  }

  pass(frame: RecordedFrame): void {
    if (this.dialect === null || !frame.topics.some(({ topic }) => this.subscribed.has(topic)))
      return;
    this.send(this.dialect.textOf(frame));
  }

  end(code: number, reason: string): void {
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), 2_000).unref();
  }
}

function textOf(message: RawData): string {
  if (Array.isArray(message)) return Buffer.concat(message).toString();
  return message instanceof ArrayBuffer ? Buffer.from(message).toString() : message.toString();
}
