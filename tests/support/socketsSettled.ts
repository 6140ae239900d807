import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** A question, its answer, and what the answer causes. */
const roundTrips = 3;

let echo: Promise<Socket> | null = null;
const waiting: (() => void)[] = [];

/**
 * What is on its way between sockets of this process gets its turns: a byte goes round the same network. Virtual time
 * may go on after it: a pause of real time is long enough on a quiet machine only.
 */
export async function socketsSettled(): Promise<void> {
  echo ??= openEcho();
  const socket = await echo;
  for (let trip = 0; trip < roundTrips; trip += 1) {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      socket.write('.');
    });
    // What was read calls back before this.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function openEcho(): Promise<Socket> {
  const server = createServer((peer) => {
    peer.setNoDelay(true).unref();
    peer.on('data', (bytes) => peer.write(bytes));
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  socket.on('data', ({ length }) => {
    for (const resume of waiting.splice(0, length)) resume();
  });
  return socket.unref();
}
