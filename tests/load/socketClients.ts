import type { Socket } from 'node:net';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { apiPaths } from '../../src/shared/gateway/paths.ts';
import type { ClientEars, ClientPlace, LoadClient } from './loadClient.ts';
import { NotOpened, clientOf, parseJsonMessage } from './loadClient.ts';
import { stampedTime } from './stampTime.ts';

interface SocketParts {
  readonly path: string;
  readonly protocols: readonly string[];
  /** Of each message before the client counts as open: true when it does. */
  readonly onStart: (socket: WebSocket, payload: Buffer, isBinary: boolean) => boolean;
  /** Null: it is nothing that a client reads. Runs for those that are read in full only. */
  readonly read: (payload: Buffer, isBinary: boolean) => unknown;
  /** Of every message, without parsing it: true when it is answered with this alone. */
  readonly answer?: (socket: WebSocket, payload: Buffer, isBinary: boolean) => boolean;
}

/** The gateway's own protocol. */
export function openSocket(place: ClientPlace, ears: ClientEars): Promise<LoadClient> {
  const isPacked = place.encoding === 'msgpack';
  const { channels, ratePerSec: rate, depth } = place;
  const request = {
    type: 'subscribe',
    id: '1',
    channels,
    rate,
    ...(depth === undefined ? {} : { depth }),
  };
  return open(place, ears, {
    path: apiPaths.socket,
    protocols: [`truetape.v1.${place.encoding}`],
    onStart(socket) {
      socket.send(isPacked ? encode(request) : JSON.stringify(request));
      return true;
    },
    read: (payload) => (isPacked ? decode(payload) : parseJsonMessage(payload.toString('utf8'))),
  });
}

/** Socket.IO, written by hand: its own client parses every message. */
export function openSocketIo(place: ClientPlace, ears: ClientEars): Promise<LoadClient> {
  const isPacked = place.encoding === 'msgpack';
  const { channels, ratePerSec: rate } = place;
  const subscribe = ['subscribe', { channels, rate }];
  const auth = { token: place.key, protocol: 1 };
  const path = isPacked ? apiPaths.socketIoPacked : apiPaths.socketIo;
  return open(place, ears, {
    path: `${path}?EIO=4&transport=websocket`,
    protocols: [],
    onStart(socket, payload, isBinary) {
      const text = isBinary ? '' : payload.toString('latin1');
      if (text.startsWith('0')) {
        const packet = { type: 0, nsp: '/', data: auth };
        socket.send(isPacked ? encode(packet) : `40${JSON.stringify(auth)}`);
        return false;
      }
      if (!isBinary && !text.startsWith('40')) return false;
      const packet = { type: 2, nsp: '/', data: subscribe };
      socket.send(isPacked ? encode(packet) : `42${JSON.stringify(subscribe)}`);
      return true;
    },
    read(payload, isBinary) {
      if (isBinary) return eventOf(decode(payload));
      const text = payload.toString('utf8');
      return text.startsWith('42') ? eventOf({ data: parseJsonMessage(text.slice(2)) }) : null;
    },
    answer(socket, payload, isBinary) {
      // The engine's ping.
      if (isBinary || payload.length !== 1 || payload[0] !== 0x32) return false;
      socket.send('3');
      return true;
    },
  });
}

function eventOf(packet: unknown): unknown {
  if (typeof packet !== 'object' || packet === null || !('data' in packet)) return null;
  const { data } = packet;
  if (!Array.isArray(data)) return null;
  const [, payload]: readonly unknown[] = data;
  return payload;
}

/** A client of the floor: it is sent what a client of the gateway was sent. */
export function openPlain(place: ClientPlace, ears: ClientEars): Promise<LoadClient> {
  return open(place, ears, {
    path: `/${place.channels.join()}`,
    protocols: [],
    onStart: () => true,
    read(payload, isBinary) {
      const time = stampedTime(payload, isBinary);
      return time === null ? null : { time, updates: [] };
    },
  });
}

async function open(place: ClientPlace, ears: ClientEars, parts: SocketParts): Promise<LoadClient> {
  const { origin, key, localAddress } = place;
  const socket = new WebSocket(
    `${origin.replace('http', 'ws')}${parts.path}`,
    [...parts.protocols],
    {
      headers: { authorization: `Bearer ${key}` },
      perMessageDeflate: false,
      ...(localAddress === null ? {} : { localAddress }),
    },
  );
  let stream: Socket | null = null;
  let isOpen = false;
  socket.on('upgrade', (response) => {
    stream = response.socket;
  });
  const opened = Promise.withResolvers<undefined>();
  const listen = (message: RawData, isBinary: boolean): void => {
    const payload = bytesOf(message);
    if (parts.answer?.(socket, payload, isBinary) === true) return;
    if (!isOpen) {
      isOpen = parts.onStart(socket, payload, isBinary);
      if (isOpen) opened.resolve(undefined);
      return;
    }
    ears.onCounted(1);
    ears.onPayload?.(payload);
    if (ears.onMessage === null) return;
    const value = parts.read(payload, isBinary);
    if (value !== null) ears.onMessage(value, payload.length);
  };
  socket.on('message', listen);
  socket.on('unexpected-response', (_request, response) => {
    opened.reject(new NotOpened(`HTTP ${response.statusCode ?? 0}`));
    socket.terminate();
  });
  socket.on('error', (error) => opened.reject(new NotOpened(error.message)));
  socket.on('close', (code, reason) => {
    const words = `${code} ${reason.toString('utf8')}`.trim();
    opened.reject(new NotOpened(words));
    if (isOpen) ears.onEnd(words);
  });
  await opened.promise;
  return clientOf(
    () => stream,
    socket,
    () => {
      socket.removeListener('message', listen);
      socket.terminate();
    },
  );
}

function bytesOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return message instanceof ArrayBuffer ? Buffer.from(message) : message;
}
