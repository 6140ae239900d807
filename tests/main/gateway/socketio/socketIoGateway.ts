import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client';
import packedParser from 'socket.io-msgpack-parser';
import { systemGatewayClock } from '../../../../src/main/gateway/gatewayClock.ts';
import type { GatewayClock } from '../../../../src/main/gateway/gatewayClock.ts';
import { startGateway } from '../../../../src/main/gateway/startGateway.ts';
import type { Gateway, GatewayOptions } from '../../../../src/main/gateway/startGateway.ts';
import { addTestUser, testPassword, testUser } from '../../../support/badTokens.ts';
import { patienceMs } from '../../../support/eventually.ts';
import { socketsSettled } from '../../../support/socketsSettled.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { ScriptedFeed, startTime } from './scriptedFeed.ts';

export interface Heard {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface TestClient {
  readonly socket: Socket;
  /** Every event, in order. */
  readonly heard: Heard[];
  of(event: string): Readonly<Record<string, unknown>>[];
  /** Asks with an acknowledgement. */
  ask(event: string, payload?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Ends in an error that shows what was heard instead. */
  until(what: string, isThere: () => boolean): Promise<void>;
  next(event: string, count?: number): Promise<Readonly<Record<string, unknown>>>;
  /** Everything that came by `updates`. */
  records(): Readonly<Record<string, unknown>>[];
}

export interface TestGateway {
  readonly gateway: Gateway;
  readonly feed: ScriptedFeed;
  readonly clock: VirtualClock;
  readonly key: string;
  readonly profile: string;
  readonly logs: string[];
  connect(options?: ConnectOptions): TestClient;
  login(): Promise<string>;
  /** Virtual time, in steps in which the sockets get their turn. */
  pass(ms: number, stepMs?: number): Promise<void>;
}

export interface ConnectOptions extends Partial<ManagerOptions & SocketOptions> {
  readonly packed?: boolean;
  readonly namespace?: string;
  /** Another port than the gateway's: of a proxy. */
  readonly through?: number;
}

const listed = ['BTC-USDT', 'BTC-USDC', 'ETH-USDT', 'ADA-USDT', 'SOL-USDT'];
const open: (() => Promise<void>)[] = [];

/** After each test: clients first, then gateways. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
}

export async function openTestGateway(
  changes: Partial<GatewayOptions> & { readonly isReal?: boolean; readonly markets?: number } = {},
): Promise<TestGateway> {
  const { isReal = false, markets, ...options } = changes;
  const profile = await mkdtemp(join(tmpdir(), 'truetape-socketio-'));
  await writeFile(join(profile, 'index.html'), '<!doctype html>');
  addTestUser(profile);
  const virtual = new VirtualClock();
  const clock: GatewayClock = isReal
    ? systemGatewayClock
    : {
        monotonicMs: () => virtual.monotonicMs(),
        wallMs: () => startTime + virtual.monotonicMs(),
        after: (delayMs, run) => virtual.after(delayMs, run),
      };
  const names = Array.from({ length: markets ?? 0 }, (_, index) => `T${index}-USDT`);
  const feed = new ScriptedFeed([...listed, ...names], () => clock.wallMs());
  const logs: string[] = [];
  const gateway = await startGateway({
    ...{ host: null, openFeed: () => feed, rendererFolder: profile, hostname: '127.0.0.1' },
    ...{ port: 0, appVersion: '1.2.3', profile, clock },
    log: ({ level, scope, text }) => logs.push(`${level} ${scope}: ${text}`),
    connectBucket: { size: 100_000, perSec: 100_000 },
    ...options,
  });
  open.push(async () => {
    const passing = setInterval(() => virtual.advance(100), 5);
    await gateway.close();
    clearInterval(passing);
    await rm(profile, { recursive: true, force: true });
  });
  const key = gateway.address.slice(gateway.address.indexOf('#key=') + 5);
  return {
    ...{ gateway, feed, clock: virtual, key, profile, logs },
    connect({ through = gateway.port, ...connecting } = {}) {
      return connectTo(through, key, connecting);
    },
    login: async () => login(gateway.port),
    async pass(ms, stepMs = 50) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        virtual.advance(Math.min(stepMs, ms - passed));
        await turn();
      }
    },
  };
}

/** Lets what is on its way between sockets of this process arrive. */
export async function turn(): Promise<void> {
  await socketsSettled();
  await new Promise((resolve) => setTimeout(resolve, 1));
}

/** An answer that may wait for virtual time. */
export async function answerOf({ pass }: TestGateway, asked: Promise<Response>): Promise<Response> {
  const state = { isThere: false };
  const arrive = (): void => void (state.isThere = true);
  asked.then(arrive, arrive);
  while (!state.isThere) await pass(500, 500);
  return asked;
}

async function login(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: testUser, password: testPassword }),
  });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer) {
    return String(answer.access_token);
  }
  throw new Error(`no login: ${JSON.stringify(answer)}`);
}

function connectTo(port: number, key: string, options: ConnectOptions): TestClient {
  const { packed = false, namespace = '', ...rest } = options;
  const socket = io(`http://127.0.0.1:${port}${namespace}`, {
    path: packed ? '/socket.io-msgpack/' : '/socket.io/',
    ...(packed ? { parser: packedParser } : {}),
    transports: ['websocket'],
    auth: { token: key },
    reconnection: false,
    forceNew: true,
    ...rest,
  });
  open.push(() => {
    socket.disconnect();
    return Promise.resolve();
  });
  return listenTo(socket);
}

function listenTo(socket: Socket): TestClient {
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  const add = (event: string, payload: Heard['payload']): void => {
    heard.push({ event, payload });
    for (const look of waiting) look();
  };
  socket.on('connect', () => add('connect', {}));
  socket.on('disconnect', (reason) => add('disconnect', { reason }));
  socket.on('connect_error', (error) => {
    add('connect_error', { message: error.message, data: 'data' in error ? error.data : null });
  });
  socket.onAny((event: string, payload: Heard['payload']) => add(event, payload));
  const of = (event: string): Heard['payload'][] =>
    heard.flatMap((each) => (each.event === event ? [each.payload] : []));
  const until = async (what: string, isThere: () => boolean): Promise<void> => {
    if (isThere()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        const events = heard.map(({ event }) => event).slice(-20);
        reject(new Error(`not heard: ${what}; but ${events.join(' ')}`));
      }, patienceMs);
      const look = (): void => {
        if (!isThere()) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
    });
  };
  return {
    ...{ socket, heard, of, until },
    ask: async (event, payload) => {
      const asked = socket.timeout(patienceMs);
      const answer: Promise<Heard['payload']> =
        payload === undefined ? asked.emitWithAck(event) : asked.emitWithAck(event, payload);
      return answer.catch((error: unknown) => {
        const events = heard.map((each) => each.event).slice(-20);
        throw new Error(`no answer to ${event}: ${String(error)}; heard ${events.join(' ')}`);
      });
    },
    async next(event, count = 1) {
      await until(event, () => of(event).length >= count);
      return of(event)[count - 1] ?? {};
    },
    records: () => of('updates').flatMap(({ updates }) => (Array.isArray(updates) ? updates : [])),
  };
}

/** Open connections by transport, as the metrics tell them. */
export async function transportsOf(from: TestGateway) {
  const asked = fetch(`http://127.0.0.1:${from.gateway.port}/metrics`, {
    headers: { authorization: `Bearer ${from.key}` },
  });
  const text = await (await answerOf(from, asked)).text();
  const of = (transport: string) => {
    const line = new RegExp(
      `^truetape_socketio_connections\\{transport="${transport}"\\} (\\d+)`,
      'm',
    );
    return Number(line.exec(text)?.[1] ?? NaN);
  };
  return { polling: of('polling'), websocket: of('websocket') };
}
