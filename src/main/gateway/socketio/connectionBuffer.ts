import type { Socket } from 'socket.io';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import { TokenBucket } from '../hub/tokenBucket.ts';

/** The Engine.IO connection below a socket: one per client, shared by its namespaces. */
export type EngineConnection = Socket['conn'];

/** What a connection was given and its peer has not taken. */
export interface ConnectionBuffer {
  bufferedBytes(): number;
}

const bufferOf = new WeakMap<EngineConnection, ConnectionBuffer>();

/** Has to be called when the connection opens: it counts what is written from then on. */
export function watchConnection(connection: EngineConnection): ConnectionBuffer {
  const known = bufferOf.get(connection);
  if (known !== undefined) return known;
  let queuedBytes = 0;
  connection.on('packetCreate', (packet: unknown) => {
    queuedBytes += sizeOf(packet);
  });
  // All that is queued goes to the transport at once: to the WebSocket, or into the answer to one poll.
  connection.on('flush', () => {
    queuedBytes = 0;
  });
  const buffer = { bufferedBytes: () => queuedBytes + webSocketBytes(connection) };
  bufferOf.set(connection, buffer);
  return buffer;
}

/** Packets of a connection, whatever is in them: far more than the requests of all its sockets. */
const packetBucket = { size: 600, perSec: 100 };
const mostUnreadBytes = 4 * gatewayLimits.evictBytes;

/**
 * The library answers some packets by itself, such as joins of namespaces that there are not: who sends them without end, or
 * reads no answer, is cut.
 */
export function guardConnection(connection: EngineConnection, clock: GatewayClock): void {
  const buffer = watchConnection(connection);
  const packets = new TokenBucket(packetBucket, clock.monotonicMs());
  connection.on('packet', () => {
    const isFlood = packets.take('packets', clock.monotonicMs()) !== null;
    if (isFlood || buffer.bufferedBytes() > mostUnreadBytes) cutConnection(connection);
  });
}

/** Ends a connection whose peer does not read, so that no goodbye gets through. */
export function cutConnection(connection: EngineConnection): void {
  connection.close(true);
  const socket = webSocketOf(connection);
  if (socket !== null && isTerminable(socket)) socket.terminate();
}

function sizeOf(packet: unknown): number {
  if (typeof packet !== 'object' || packet === null || !('data' in packet)) return 1;
  const { data } = packet;
  if (typeof data === 'string') return data.length + 1;
  return data instanceof Uint8Array ? data.byteLength + 1 : 1;
}

interface WebSocketLike {
  readonly bufferedAmount?: unknown;
}

function isTerminable(socket: object): socket is { terminate(): void } {
  return 'terminate' in socket && typeof socket.terminate === 'function';
}

function webSocketBytes(connection: EngineConnection): number {
  const amount = webSocketOf(connection)?.bufferedAmount;
  return typeof amount === 'number' ? amount : 0;
}

/** Null while it polls. The library does not show the socket in its types. */
function webSocketOf(connection: EngineConnection): WebSocketLike | null {
  if (connection.transport.name !== 'websocket') return null;
  const socket: unknown = Reflect.get(connection.transport, 'socket');
  return typeof socket === 'object' && socket !== null ? socket : null;
}
