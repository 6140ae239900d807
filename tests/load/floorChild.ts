import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { parseFloorStart } from './floorMessages.ts';
import type { FloorStart } from './floorMessages.ts';
import { stampTime } from './stampTime.ts';

/**
 * The least that a server of these messages has to do: it has them as bytes already, knows no subscription, rate or sequence,
 * and sends each to all clients of a room in one loop. Only their time is written anew.
 */
function serve({ kept, cycleMs, isBinary }: FloorStart): void {
  const rooms = new Map<string, Set<WebSocket>>();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket, request) => {
    const name = request.url ?? '';
    const room = rooms.get(name) ?? new Set();
    room.add(socket);
    if (!rooms.has(name)) {
      rooms.set(name, room);
      play(room, name, rooms.size);
    }
    // A client counts as open with its first message.
    socket.send('{}');
    socket.on('close', () => room.delete(socket));
    socket.on('error', () => socket.terminate());
  });
  server.on('listening', () => {
    const address = server.address();
    if (typeof address === 'object') process.send?.({ type: 'listening', port: address?.port });
  });

  /** Rooms are out of step with each other, as markets are. */
  function play(room: ReadonlySet<WebSocket>, name: string, number: number): void {
    const payloads = kept.find(({ channels }) => name === `/${channels.join()}`)?.payloads ?? [];
    const startMs = performance.now() + number * 9.7;
    let at = 0;
    const turn = (): void => {
      const message = payloads[at % payloads.length];
      if (message === undefined) return;
      const payload = stampTime(message.payload, isBinary);
      for (const socket of room) socket.send(payload, { binary: isBinary });
      at += 1;
      const next = payloads[at % payloads.length];
      const dueMs = startMs + Math.floor(at / payloads.length) * cycleMs + (next?.atMs ?? 0);
      setTimeout(turn, Math.max(0, dueMs - performance.now()));
    };
    setTimeout(turn, startMs - performance.now());
  }
}

process.once('message', (message) => serve(parseFloorStart(message)));
process.on('disconnect', () => process.exit(0));
