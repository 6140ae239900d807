import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import type { BenchAnswer, BenchRequest, GatewayBench } from '../../../support/gatewayBench.ts';
import { addTestUser, testPassword, testUser } from '../../../support/badTokens.ts';

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let bench: GatewayBench;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  bench = await openGatewayBench();
  addTestUser(bench.folder);
  document = parseDocument((await bench.ask(apiPaths.openapi, { signed: false })).body);
  ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: 'document', ...document });
});
afterAll(() => bench.close());

function parseDocument(text: string): Document {
  return JSON.parse(text) as Document;
}

/** What is sent to each operation so that it succeeds; absent: a plain GET. */
const calls: Readonly<Record<string, BenchRequest & { readonly path?: string }>> = {
  bookOfMarket: { path: '/api/markets/BTC-USDT/book?depth=2' },
  candlesOfMarket: {
    path: '/api/markets/BTC-USDT/candles?interval=5m&before=2026-11-21T14:40:00Z',
  },
  stream: { path: '/api/stream?channels=price.BTC-USDT', isStream: true },
  realtime: { path: '/api/realtime/BTC-USDT', isStream: true },
  dashboardStream: { isStream: true },
  profitAndLossStream: { isStream: true },
  openPoll: json('POST', { channels: ['price.BTC-USDT'] }),
  login: json('POST', { username: testUser, password: testPassword }),
  ticket: { method: 'POST' },
  exchangeKey: json('POST', {}),
  closePoll: { method: 'DELETE' },
  closeVenueReplay: { method: 'DELETE' },
  logout: { method: 'POST' },
};
/** Nothing to show on this bench: no export, no recording; tested where they are made. */
const notFoundHere = ['downloadExport', 'closeVenueReplay', 'venueRest', 'openVenueReplay'];

function json(method: string, body: object): BenchRequest {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function operations(): readonly (readonly [string, string, Operation])[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
  );
}

function exampleOf(path: string): string {
  return path.replace('{symbol}', 'BTC-USDT').replace(/\{\w+\}/g, '1');
}

async function call(path: string, method: string, operation: Operation): Promise<BenchAnswer> {
  const given = calls[operation.operationId] ?? { method: method.toUpperCase() };
  if (operation.operationId === 'poll' || operation.operationId === 'closePoll') {
    const opened = await bench.ask(apiPaths.poll, json('POST', { channels: ['trades.BTC-USDT'] }));
    const { session, cursor } = JSON.parse(opened.body) as Record<string, string>;
    const query = new URLSearchParams({ session: session ?? '' });
    if (method === 'get') query.set('cursor', cursor ?? '');
    setTimeout(() => bench.feed.publishTrade(60_010), 50);
    return bench.ask(`${path}?${query.toString()}`, { method: method.toUpperCase() });
  }
  if (operation.operationId === 'exchangeKey') {
    return bench.ask(path, json('POST', { key: bench.key }));
  }
  if (operation.operationId === 'refresh') {
    const login = calls['login'] ?? {};
    const tokens = JSON.parse((await bench.ask(apiPaths.login, login)).body) as Record<
      string,
      string
    >;
    return bench.ask(path, json('POST', { refresh_token: tokens['refresh_token'] }));
  }
  return bench.ask(given.path ?? exampleOf(path), given);
}

/** Why an answer is not what the document says; null: it is. */
function mismatch(operation: Operation, answer: BenchAnswer): string | null {
  const described = operation.responses[String(answer.status)];
  if (described === undefined) return `status ${answer.status} is not described: ${answer.body}`;
  const [type = ''] = (answer.headers['content-type'] ?? '').split(';');
  const { content } = described;
  if (content === undefined) return answer.body === '' ? null : `a body: ${answer.body}`;
  const found = content[type];
  if (found === undefined) return `type ${type} is not described`;
  if (type !== 'application/json') return null;
  const schema = JSON.parse(
    JSON.stringify(found.schema).replaceAll('"#/components', '"document#/components'),
  ) as object;
  const validate = ajv.compile(schema);
  return validate(JSON.parse(answer.body))
    ? null
    : `${ajv.errorsText(validate.errors)}\n${answer.body.slice(0, 600)}`;
}

test('the OpenAPI document is valid', async () => {
  const result = await new Validator().validate({ ...document });
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test('every route of the server is in the document, and nothing else is', () => {
  const internal = ['/socket.io/', '/socket.io-msgpack/', '/*', apiPaths.socket];
  const routes = bench.gateway.routes
    .filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS')
    .filter(({ url }) => !internal.some((path) => url === path || url === `${path}*`))
    .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
    .map((route) => route.replace('/venue-replay/*', '/venue-replay/{address}'));
  const described = operations().map(([path, method]) => `${method.toUpperCase()} ${path}`);
  expect(described.sort()).toEqual([...new Set(routes)].sort());
});

test('every operation of the document answers on the running server as it says', async () => {
  for (let trade = 1; trade <= 3; trade += 1) bench.feed.publishTrade(60_000 + trade);
  for (const [path, method, operation] of operations()) {
    const answer = await call(path, method, operation);
    const wanted = notFoundHere.includes(operation.operationId) ? [400, 404] : [200, 201, 204];
    const what = `${method} ${path}: ${answer.status} ${answer.body.slice(0, 300)}`;
    expect(wanted, what).toContain(answer.status);
    expect(mismatch(operation, answer), what).toBeNull();
    expect(answer.headers['x-content-type-options'], what).toBe('nosniff');
  }
});

test('without a token every operation but the open ones is refused, in the words of the document', async () => {
  for (const [path, method, operation] of operations()) {
    if (operation.security?.length === 0) continue;
    const answer = await bench.ask(calls[operation.operationId]?.path ?? exampleOf(path), {
      ...{ method: method.toUpperCase(), signed: false },
      ...(operation.requestBody === undefined ? {} : json(method.toUpperCase(), {})),
    });
    const what = `${method} ${path}: ${answer.body.slice(0, 300)}`;
    expect(answer.status, what).toBe(401);
    expect(mismatch(operation, answer), what).toBeNull();
  }
});
