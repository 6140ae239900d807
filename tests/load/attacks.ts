import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { apiPaths } from '../../src/shared/gateway/paths.ts';

export interface AttackTarget {
  readonly origin: string;
  readonly key: string;
  /** Where the attack comes from: what one is refused says nothing of the next. */
  readonly localAddress: string;
}

/** How often what came of it. */
export type Outcomes = Map<string, number>;

export interface Attack {
  readonly name: string;
  readonly seconds: number;
  run(target: AttackTarget, untilMs: number, outcomes: Outcomes): Promise<void>;
}

const zeros = Buffer.alloc(8 * 1_048_576);
const piece = Buffer.alloc(65_536, 0x61);

/** Faults G06, each at a pace that leaves the two sides of one machine their processors. */
export const attacks: readonly Attack[] = [
  { name: 'handshakes, 500/s', seconds: 8, run: sendHandshakes },
  { name: 'messages, 5 x 1,000/s', seconds: 8, run: sendMessages },
  { name: 'drip-fed requests, 200', seconds: 14, run: dripRequests },
  { name: 'bodies of 100 MB, 4 at once', seconds: 8, run: sendBodies },
  { name: 'compression bombs, 8 MB in 8 KB', seconds: 8, run: sendBombs },
];

function count(outcomes: Outcomes, what: string): void {
  outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
}

/** One that was refused is counted already, and closed before it was open. */
function countError(outcomes: Outcomes, { message }: Error): void {
  if (!message.startsWith('WebSocket was closed before')) count(outcomes, message);
}

async function sendHandshakes(
  target: AttackTarget,
  untilMs: number,
  outcomes: Outcomes,
): Promise<void> {
  const perTurn = 10;
  while (performance.now() < untilMs) {
    for (let each = 0; each < perTurn; each += 1) {
      const socket = openSocket(target, false);
      socket.on('open', () => {
        count(outcomes, 'let in');
        socket.terminate();
      });
      socket.on('unexpected-response', (_request, response) => {
        count(outcomes, `HTTP ${response.statusCode ?? 0}`);
        socket.terminate();
      });
      socket.on('error', (error) => countError(outcomes, error));
    }
    await pause(20);
  }
}

async function sendMessages(
  target: AttackTarget,
  untilMs: number,
  outcomes: Outcomes,
): Promise<void> {
  const sendSome = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const socket = openSocket(target, false);
      const ended = endOf(socket, outcomes);
      socket.on('open', () => count(outcomes, 'let in'));
      while (performance.now() < untilMs && socket.readyState <= socket.OPEN) {
        for (let each = 0; each < 20 && socket.readyState === socket.OPEN; each += 1) {
          socket.send('{"type":"ping"}');
          count(outcomes, 'messages');
        }
        await pause(20);
      }
      socket.close();
      await Promise.race([ended, pause(2_000)]);
      await pause(500);
    }
  };
  await Promise.all(Array.from({ length: 5 }, sendSome));
}

async function dripRequests(
  { origin, localAddress }: AttackTarget,
  untilMs: number,
  outcomes: Outcomes,
): Promise<void> {
  const drip = async (): Promise<void> => {
    const socket = connect({ port: Number(new URL(origin).port), host: '127.0.0.1', localAddress });
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      count(outcomes, answer === '' ? 'cut' : answer.slice(9, 12));
    });
    socket.write('GET /health HTTP/1.1\r\nX-Slow: ');
    while (!socket.destroyed && performance.now() < untilMs) {
      socket.write('a');
      await pause(250);
    }
    if (!socket.destroyed) count(outcomes, 'still open');
    socket.destroy();
  };
  await Promise.all(Array.from({ length: 200 }, drip));
}

async function sendBodies(
  { origin, key, localAddress }: AttackTarget,
  untilMs: number,
  outcomes: Outcomes,
): Promise<void> {
  const sendOne = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({
        ...{ port: Number(new URL(origin).port), host: '127.0.0.1', localAddress },
      });
      let answer = '';
      let sent = 0;
      const fill = (): void => {
        while (sent < 100e6 && !socket.destroyed) {
          sent += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on('drain', fill);
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        const megabytes = Math.round(socket.bytesWritten / 1e6);
        count(outcomes, `${answer === '' ? 'cut' : answer.slice(9, 12)} after ${megabytes} MB`);
        resolve();
      });
      socket.write(
        `POST ${apiPaths.poll} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nAuthorization: Bearer ${key}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 100000000\r\n\r\n',
      );
      fill();
    });
  const sendSome = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      await sendOne();
      await pause(50);
    }
  };
  await Promise.all(Array.from({ length: 4 }, sendSome));
}

async function sendBombs(target: AttackTarget, untilMs: number, outcomes: Outcomes): Promise<void> {
  while (performance.now() < untilMs) {
    const socket = openSocket(target, true);
    const ended = endOf(socket, outcomes);
    socket.on('open', () => {
      const isCompressed = socket.extensions.includes('permessage-deflate');
      count(outcomes, isCompressed ? 'sent' : 'sent as they are');
      socket.send(zeros);
    });
    await Promise.race([ended, pause(2_000)]);
    socket.terminate();
    await pause(300);
  }
}

function openSocket({ origin, key, localAddress }: AttackTarget, compresses: boolean): WebSocket {
  return new WebSocket(`${origin.replace('http', 'ws')}${apiPaths.socket}`, {
    headers: { authorization: `Bearer ${key}` },
    perMessageDeflate: compresses,
    localAddress,
  });
}

function endOf(socket: WebSocket, outcomes: Outcomes): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', (error) => countError(outcomes, error));
    socket.on('unexpected-response', (_request, response) => {
      count(outcomes, `HTTP ${response.statusCode ?? 0}`);
      socket.terminate();
      resolve();
    });
    socket.on('close', (code, reason) => {
      count(outcomes, `closed ${code} ${reason.toString('utf8')}`.trim());
      resolve();
    });
  });
}
