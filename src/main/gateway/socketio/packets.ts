/** Packets of Socket.IO's protocol, version 5. Those with binary attachments are neither sent nor taken. */
export const packetTypes = {
  connect: 0,
  disconnect: 1,
  event: 2,
  ack: 3,
  connectError: 4,
} as const;

export interface Packet {
  readonly type: number;
  /** The namespace. */
  readonly nsp: string;
  readonly data?: unknown;
  /** Of an acknowledgement that is asked for, or given. */
  readonly id?: number;
}

/** What came is no packet of the protocol: the connection is closed. */
export class PacketError extends Error {
  override readonly name = 'PacketError';
}

/** They mean something to the library's own emitter: a client must not raise them here. */
const reservedEvents: ReadonlySet<unknown> = new Set([
  'connect',
  'connection',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

/** Throws `PacketError` unless a client may send this. */
export function parsePacket(type: unknown, nsp: unknown, data: unknown, id: unknown): Packet {
  if (typeof nsp !== 'string' || !/^\/[^,?]{0,64}$/.test(nsp)) {
    throw new PacketError('no namespace');
  }
  if (id !== undefined && !(typeof id === 'number' && Number.isSafeInteger(id) && id >= 0)) {
    throw new PacketError('no number of an acknowledgement');
  }
  const packet = {
    nsp,
    ...(data === undefined ? {} : { data }),
    ...(id === undefined ? {} : { id }),
  };
  switch (type) {
    case packetTypes.connect:
      if (data !== undefined && !isRecord(data)) throw new PacketError('no payload of connect');
      return { type, ...packet };
    case packetTypes.disconnect:
      return { type, nsp };
    case packetTypes.event:
      if (!Array.isArray(data) || typeof data[0] !== 'string' || reservedEvents.has(data[0])) {
        throw new PacketError('no event');
      }
      return { type, ...packet };
    case packetTypes.ack:
      if (!Array.isArray(data)) throw new PacketError('no acknowledgement');
      return { type, ...packet };
    default:
      throw new PacketError('no packet of a client');
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
