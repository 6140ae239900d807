import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, expect, test } from 'vitest';
import { closeAll, openTestGateway } from './socketIoGateway.ts';

afterEach(closeAll);

const path = ['channels', 'socketIo', 'messages'];

function at(value: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const [key, ...rest] = keys;
  if (typeof value !== 'object' || value === null) throw new Error(`there is no ${keys.join('.')}`);
  return key === undefined ? { ...value } : at(Reflect.get(value, key), rest);
}

test('every event is as the document of the gateway says, in both directions', async () => {
  const gateway = await openTestGateway({ accessTokenSec: 100 });
  const { port } = gateway.gateway;
  const document: unknown = await (
    await fetch(`http://127.0.0.1:${port}/api/asyncapi.json`)
  ).json();
  const messages = at(document, path);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', ...at(document, []) });
  const problem = (name: string, payload: unknown): string | null => {
    if (!(name in messages)) return `${name} is not described`;
    const pointer = `document#/${[...path, name, 'payload'].join('/')}`;
    const validate = ajv.compile({ $ref: pointer });
    return validate(payload) ? null : `${name}: ${ajv.errorsText(validate.errors)}`;
  };

  const asked: readonly (readonly [string, unknown])[] = [
    ['subscribe', { symbols: ['BTC', 'btc', 'NOPE'] }],
    ['subscribe', { id: 'a', channels: ['price.BTC', 'trades.BTC', 'x'], rate: 5, depth: 5 }],
    ['subscribe', { channels: ['trades.ETH'], fields: ['trade.price'], filters: { minSize: 1 } }],
    ['unsubscribe', { id: null, channels: ['trades.ETH'] }],
    ['unsubscribe', { symbols: ['NOPE'] }],
    ['ping', { id: 'p', time: 1 }],
    ['heartbeat', {}],
    ['resume', { cursor: 'another.7' }],
    ['authenticate', { token: 'a.b.c' }],
    ['subscribe_pnl', undefined],
  ];
  const problems: (string | null)[] = [];
  const client = gateway.connect({ auth: { token: await gateway.login() } });
  await client.next('welcome');
  for (const [event, payload] of asked) {
    problems.push(problem(`receive.${event}`, payload ?? {}));
    await client.ask(event, payload);
  }
  gateway.feed.price('BTC-USDT', 60_000.5);
  gateway.feed.trade('BTC-USDT', 60_001);
  gateway.feed.link(false);
  await gateway.pass(16_000, 100);
  gateway.feed.link(true);
  await gateway.pass(100_000, 1_000);
  await client.next('auth_error');
  await client.next('disconnect');
  const own = new Set(['connect', 'disconnect']);
  const events = client.heard.filter(({ event }) => !own.has(event));
  problems.push(...events.map(({ event, payload }) => problem(`send.${event}`, payload)));
  expect(problems.filter((each) => each !== null)).toEqual([]);
  // All that are described, and an announcement beside them.
  const described = Object.keys(messages).flatMap((name) =>
    name.startsWith('send.') ? [name.slice(5)] : [],
  );
  expect(new Set([...events.map(({ event }) => event), 'broadcast'])).toEqual(new Set(described));
});
