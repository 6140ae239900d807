import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { openWsSocket } from '../../src/main/engine/ports/wsSocket.ts';
import { FaultProxy } from '../support/faultProxy.ts';
import { runPingFlood } from '../support/pingFlood.ts';

const mebibyte = 1024 * 1024;
/** Half of what the bomb would become: how much is on the heap at a moment depends on when it was last swept. */
const generousBytes = 32 * mebibyte;

/** All that a socket tells, until it is closed or `frames` have come. */
async function listen(url: string, frames: number): Promise<string[]> {
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    const socket = openWsSocket(url, {
      opened: () => heard.push('opened'),
      frame: (text) => {
        heard.push(text);
        if (heard.length >= frames) socket.terminate();
      },
      pinged: () => heard.push('pinged'),
      closed: (code, reason) => {
        heard.push(`closed ${code} ${reason}`);
        resolve();
      },
    });
  });
  return heard;
}

test('[N17] a stream cut into segments of one byte tells the same as a whole one', async () => {
  const texts = [
    'pong',
    '{"result":null,"id":1}',
    JSON.stringify({ stream: 'btcusdt@trade', data: { p: '84250.10', note: 'żółć 漢字 🙂' } }),
    JSON.stringify({ levels: Array.from({ length: 120 }, (_, rank) => [`${rank}.5`, '1']) }),
  ];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.ping('1');
    for (const text of texts) socket.send(text);
    const whole = texts[3] ?? '';
    socket.send(whole.slice(0, 100), { fin: false });
    socket.send(whole.slice(100), { fin: true });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy = await FaultProxy.listen({ targetPort: port });
  proxy.down.sliceBytes = 1;
  proxy.up.sliceBytes = 1;
  const whole = await listen(`ws://127.0.0.1:${port}`, 7);
  const sliced = await listen(`ws://127.0.0.1:${proxy.port}`, 7);
  expect(sliced).toEqual(whole);
  expect(whole).toEqual([
    'opened',
    'pinged',
    ...texts,
    texts[3],
    expect.stringMatching(/^closed 1006/),
  ]);
  await proxy.close();
  server.close();
});

/** Raw bytes after a correct handshake. */
async function attack(
  send: (socket: Socket) => void,
): Promise<{ readonly closed: string; readonly takenBytes: number; readonly grownBytes: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (request) => {
      const key = /sec-websocket-key: (\S+)/i.exec(String(request))?.[1] ?? '';
      const accept = createHash('sha1')
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      // Whoever offers compression gets it.
      const offered = /permessage-deflate/i.test(String(request));
      const extensions = offered ? 'Sec-WebSocket-Extensions: permessage-deflate\r\n' : '';
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${extensions}Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      send(socket);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const before = usedBytes();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, usedBytes());
  }, 5);
  const heard = await listen(`ws://127.0.0.1:${port}`, Number.POSITIVE_INFINITY);
  peak = Math.max(peak, usedBytes());
  clearInterval(sampling);
  let takenBytes = 0;
  for (const socket of sockets) {
    takenBytes += socket.bytesWritten - socket.writableLength;
    socket.destroy();
  }
  server.close();
  return { closed: heard.at(-1) ?? '', takenBytes, grownBytes: peak - before };
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Writes the same bytes until the other side has had enough. */
function pour(socket: Socket, bytes: Uint8Array, times: number): void {
  let left = times;
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= 1;
      if (!socket.write(bytes)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
}

test('[N18] a frame of 200 MiB ends the socket at its header, with the reason', async () => {
  const { closed, takenBytes } = await attack((socket) => {
    const header = Buffer.alloc(10);
    header[0] = 0x81;
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(200 * mebibyte), 2);
    socket.write(header);
    pour(socket, Buffer.alloc(64 * 1024, 0x61), 3_200);
  });
  expect(closed).toMatch(/^closed 1006 .*payload/i);
  // What was read at all, and what the buffers of the system on both sides took.
  expect(takenBytes).toBeLessThanOrEqual(16 * mebibyte);
});

test('[N18] a message of a million fragments is not collected', async () => {
  const fragment = Buffer.from([0x00, 0x01, 0x61]);
  const many = Buffer.concat(Array.from({ length: 10_000 }, () => fragment));
  const { closed, grownBytes } = await attack((socket) => {
    socket.write(Buffer.from([0x01, 0x01, 0x61]));
    pour(socket, many, 100);
  });
  expect(closed).toMatch(/^closed 1006 .*fragments/i);
  expect(grownBytes).toBeLessThanOrEqual(generousBytes);
});

test('[N18] a message that would swell a thousandfold is refused before it is unpacked', async () => {
  const bomb = deflateRawSync(Buffer.alloc(64 * mebibyte, 0x61));
  expect((64 * mebibyte) / bomb.length).toBeGreaterThan(900);
  const { closed, grownBytes } = await attack((socket) => {
    const header = Buffer.alloc(10);
    // Text, whole, with the bit of a compression that was never agreed on.
    header[0] = 0xc1;
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(bomb.length), 2);
    socket.write(Buffer.concat([header, bomb]));
  });
  expect(closed).toMatch(/^closed 1006 .*RSV1/i);
  expect(grownBytes).toBeLessThanOrEqual(generousBytes);
});

// How fast is a matter of real time, and of the machine: `npm run bench -- feed` prints it.
test('[N12] a venue that floods us with 20,000 messages a second has its pings answered in the middle of them', async () => {
  const flood = await runPingFlood(20_000, 2_000);
  expect(flood.pongs).toBeGreaterThanOrEqual(5);
});
