import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { eventually } from '../../../support/eventually.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import type { GatewayBench } from '../../../support/gatewayBench.ts';

interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, { readonly name: string; readonly payload: object }>>;
}
interface Document {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly components: object;
}

let bench: GatewayBench;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  bench = await openGatewayBench();
  document = parseDocument((await bench.ask(apiPaths.asyncapi, { signed: false })).body);
  ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'document', ...document });
});
afterAll(() => bench.close());

function parseDocument(text: string): Document {
  return JSON.parse(text) as Document;
}

test('the AsyncAPI document is valid', () => {
  const load = createRequire(import.meta.url);
  const schema = load('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
  const validator = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = validator.compile(schema);
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
});

function faultOf(channel: string, message: string, payload: unknown): string | null {
  const described = document.channels[channel]?.messages[message];
  if (described === undefined) return `${channel} ${message} is not described`;
  const schema = JSON.parse(
    JSON.stringify(described.payload).replaceAll('"#/components', '"document#/components'),
  ) as object;
  const validate = ajv.compile(schema);
  return validate(payload) ? null : `${message}: ${ajv.errorsText(validate.errors)}`;
}

const nameByType: Readonly<Record<string, string>> = {
  ...{ welcome: 'Welcome', subscribed: 'Subscribed', unsubscribed: 'Unsubscribed' },
  ...{ updates: 'Updates', resync: 'Resync', status: 'StatusMessage', pong: 'Pong' },
  error: 'ErrorMessage',
};

test('what a WebSocket says and takes is what the document says', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${bench.gateway.port}${apiPaths.socket}`, {
    headers: { authorization: `Bearer ${bench.key}` },
  });
  const heard: { readonly type: string }[] = [];
  socket.on('message', (message: Buffer) => {
    heard.push(JSON.parse(message.toString('utf8')) as { readonly type: string });
  });
  await once(socket, 'open');
  const kinds = ['price', 'ticker', 'orderbook', 'trades', 'none'];
  const channels = [...kinds.map((kind) => `${kind}.BTC-USDT`), 'health', 'gaps'];
  const sent = [
    ['Resume', { type: 'resume', cursor: 'another.1' }],
    ['Subscribe', { type: 'subscribe', id: 'a', channels }],
    ['Ping', { type: 'ping', id: 'b', time: 1 }],
    ['Unsubscribe', { type: 'unsubscribe', id: 'c', channels: ['gaps'] }],
  ] as const;
  for (const [name, message] of sent) {
    expect(faultOf('socket', `receive.${name}`, message)).toBeNull();
    socket.send(JSON.stringify(message));
  }
  socket.send('{"type":"none"}');
  const types = ['welcome', 'subscribed', 'unsubscribed', 'updates', 'resync', 'pong', 'error'];
  await eventually(() =>
    expect([...new Set(heard.map(({ type }) => type))].sort()).toEqual([...types].sort()),
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (const message of heard) {
    const fault = faultOf('socket', `send.${nameByType[message.type] ?? message.type}`, message);
    expect(fault, JSON.stringify(message).slice(0, 400)).toBeNull();
  }
  socket.terminate();
});

test('what Socket.IO says is what the document says', async () => {
  const socket = io(bench.origin, { auth: { token: bench.key }, transports: ['websocket'] });
  const heard: (readonly [string, unknown])[] = [];
  socket.onAny((event: string, payload: unknown) => heard.push([event, payload]));
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.emit('subscribe', { symbols: ['BTC', 'bitcoin'] });
  await eventually(() => {
    const events = heard.map(([event]) => event);
    expect(events).toContain('subscription_confirmed');
    expect(events).toContain('market_update');
  });
  for (const [event, payload] of heard) {
    expect(faultOf('socketIo', `send.${event}`, payload), JSON.stringify(payload)).toBeNull();
  }
  socket.disconnect();
});
