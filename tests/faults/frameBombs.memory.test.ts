import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { allTold } from '../support/socketTold.ts';

const mebibyte = 1024 * 1024;
/** Half of what the bomb would become: how much is on the heap at a moment depends on when it was last swept. */
const generousBytes = 32 * mebibyte;

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
  const heard = await allTold(`ws://127.0.0.1:${port}`, Number.POSITIVE_INFINITY);
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
