import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { requestLimits } from '../../../../src/main/gateway/http/requestErrors.ts';
import { gatewayErrorStatus } from '../../../../src/shared/gateway/errors.ts';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import type { BenchAnswer, BenchRequest, GatewayBench } from '../../../support/gatewayBench.ts';

let bench: GatewayBench;
/** What is not complete soon is cut here: only for what never is. */
let impatient: GatewayBench;

beforeAll(async () => {
  const connectBucket = { size: 5_000, perSec: 500 };
  bench = await openGatewayBench({ connectBucket });
  impatient = await openGatewayBench({ connectBucket, requestMs: 600 });
});
afterAll(() => Promise.all([bench.close(), impatient.close()]));

interface Refusal {
  readonly code: keyof typeof gatewayErrorStatus;
  readonly message: string;
  readonly candidates?: readonly string[];
}

function parseRefusal({ body }: Pick<BenchAnswer, 'body'>): Refusal {
  const parsed = JSON.parse(body) as { readonly error: Refusal };
  expect(Object.keys(parsed)).toEqual(['error']);
  return parsed.error;
}

/** A refusal as every one has to be: typed, with the status of its code, kept by nobody, and saying what to do. */
function expectRefusal(answer: BenchAnswer, code: string, what: string): Refusal {
  expect(answer.headers['content-type'], `${what}: ${answer.body}`).toContain('application/json');
  const error = parseRefusal(answer);
  expect(error.code, `${what}: ${answer.body}`).toBe(code);
  expect(answer.status, what).toBe(gatewayErrorStatus[error.code]);
  expect(answer.headers['cache-control'], what).toBe('no-store');
  expect(answer.headers['x-content-type-options'], what).toBe('nosniff');
  expect(error.message, what).toMatch(/^\P{Ll}.{15,}[.:]$|^"?.{20,}[.,:]?$/u);
  expect(error.message, what).not.toMatch(/<[a-z!/]|\/work|node_modules|\n/);
  return error;
}

function post(body: string, type = 'application/json'): BenchRequest {
  return { method: 'POST', headers: { 'content-type': type }, body };
}

const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
const posts = [
  ...[apiPaths.login, apiPaths.refresh, apiPaths.logout, apiPaths.poll, apiPaths.venueReplays],
  '/api/session',
];
const postTable = posts.flatMap((path): readonly (readonly [string, BenchRequest, string])[] => [
  [path, post('{"a":'), 'INVALID_REQUEST'],
  [path, post(`{"a":${deep}}`), 'INVALID_REQUEST'],
  [path, post('{"__proto__":{"a":1}}'), 'INVALID_REQUEST'],
  [path, post('7'), 'INVALID_REQUEST'],
  [path, post('{"unknown":1}'), 'INVALID_REQUEST'],
  [path, post('channels=price', 'application/x-www-form-urlencoded'), 'UNSUPPORTED_MEDIA_TYPE'],
  [path, post('hello', 'text/plain'), 'UNSUPPORTED_MEDIA_TYPE'],
  [path, post('x'.repeat(requestLimits.bodyBytes + 1)), 'PAYLOAD_TOO_LARGE'],
]);

const market = '/api/markets/BTC-USDT';
const symbols201 = Array.from({ length: 201 }, (_, index) => `price.C${index}-USDT`);
const table: readonly (readonly [string, BenchRequest, string])[] = [
  ...postTable,
  ['/api/markets?limit=0', {}, 'INVALID_REQUEST'],
  ['/api/markets?limit=1e3', {}, 'INVALID_REQUEST'],
  ['/api/markets?limit=5&limit=6', {}, 'INVALID_REQUEST'],
  [`/api/markets?search=${'x'.repeat(41)}`, {}, 'INVALID_REQUEST'],
  ['/api/markets?serach=btc', {}, 'INVALID_REQUEST'],
  ['/api/markets/NONE-USDT/price', {}, 'INVALID_SYMBOL'],
  ['/api/markets/btc/price', {}, 'INVALID_SYMBOL'],
  ['/api/markets/bitcoin/ticker', {}, 'INVALID_SYMBOL'],
  ['/api/markets/%3Cscript%3E/price', {}, 'INVALID_SYMBOL'],
  [`/api/markets/${'A'.repeat(60)}/price`, {}, 'INVALID_SYMBOL'],
  ['/api/markets/BTC%00USDT/price', {}, 'INVALID_SYMBOL'],
  [`${market}/price?depth=5`, {}, 'INVALID_REQUEST'],
  [`${market}/book?depth=51`, {}, 'INVALID_REQUEST'],
  [`${market}/book?depth=-1`, {}, 'INVALID_REQUEST'],
  [`${market}/book?venue=kraken`, {}, 'INVALID_REQUEST'],
  [`${market}/trades?limit=501`, {}, 'INVALID_REQUEST'],
  [`${market}/trades?limit=ten`, {}, 'INVALID_REQUEST'],
  [`${market}/candles?interval=2m`, {}, 'INVALID_REQUEST'],
  [`${market}/candles?before=yesterday`, {}, 'INVALID_REQUEST'],
  [`${market}/candles?limit=1001`, {}, 'INVALID_REQUEST'],
  [`${market}/history`, {}, 'NOT_FOUND'],
  ['/api/stream', {}, 'INVALID_REQUEST'],
  ['/api/stream?channels=depth.BTC-USDT', {}, 'INVALID_CHANNEL'],
  ['/api/stream?channels=price.btc', {}, 'INVALID_SYMBOL'],
  ['/api/stream?channels=price.BTC-USDT&rate=1000', {}, 'INVALID_REQUEST'],
  ['/api/realtime/bitcoin', {}, 'INVALID_SYMBOL'],
  ['/api/realtime/BTC-USDT', { headers: { accept: 'image/png' } }, 'NOT_ACCEPTABLE'],
  ['/api/poll', post(JSON.stringify({ channels: [] })), 'INVALID_REQUEST'],
  ['/api/poll?session=none&cursor=x', {}, 'NOT_FOUND'],
  ['/api/poll?session=none', { method: 'DELETE' }, 'NOT_FOUND'],
  ['/api/exports/none', {}, 'NOT_FOUND'],
  ['/api/venue-replays/none', { method: 'DELETE' }, 'NOT_FOUND'],
  ['/venue-replay/none/okx/api', {}, 'NOT_FOUND'],
  ['/api/socket', {}, 'UPGRADE_REQUIRED'],
  ['/api/none', {}, 'NOT_FOUND'],
  ['/none.html', {}, 'NOT_FOUND'],
  ['/%', {}, 'INVALID_REQUEST'],
  ['/%00', {}, 'NOT_FOUND'],
  ['/../../etc/passwd', {}, 'NOT_FOUND'],
  ['/..%2f..%2fetc/passwd', {}, 'NOT_FOUND'],
  ['//assets//index-Ab12.js', {}, 'NOT_FOUND'],
  ['/assets%5cindex-Ab12.js', {}, 'NOT_FOUND'],
  ['/index.html', { headers: { 'if-match': '"x"' } }, 'INVALID_REQUEST'],
  [
    apiPaths.poll,
    {
      ...post('{"channels":["price.BTC-USDT"]}'),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    },
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [`/api/markets?search=${'x'.repeat(requestLimits.urlBytes)}`, {}, 'URI_TOO_LONG'],
  ['/api/markets', { headers: { 'x-large': 'x'.repeat(20_000) } }, 'HEADERS_TOO_LARGE'],
  [`/api/realtime/${'x'.repeat(300)}`, {}, 'URI_TOO_LONG'],
  ['/api/dashboard/stream?channels=price.BTC', {}, 'INVALID_REQUEST'],
  ['/api/pnl-stream?every=1', {}, 'INVALID_REQUEST'],
  ...[apiPaths.pnl, '/api/session', apiPaths.clients, apiPaths.metrics, apiPaths.openapi].map(
    (path) => [path, { method: 'PUT' }, 'METHOD_NOT_ALLOWED'] as const,
  ),
  [apiPaths.asyncapi, { method: 'PUT' }, 'METHOD_NOT_ALLOWED'],
  [apiPaths.ticket, { method: 'PUT' }, 'METHOD_NOT_ALLOWED'],
  [apiPaths.venueReplays, { method: 'PUT' }, 'METHOD_NOT_ALLOWED'],
  ['/health', { method: 'DELETE' }, 'METHOD_NOT_ALLOWED'],
  ['/api/markets', { method: 'POST' }, 'METHOD_NOT_ALLOWED'],
  ['/api/auth/login', { method: 'GET' }, 'METHOD_NOT_ALLOWED'],
  [market, {}, 'NOT_FOUND'],
];

test('bad input on every endpoint: a typed error, its status, and what to do [S1-33]', async () => {
  for (const [path, request, code] of table) {
    const what = `${request.method ?? 'GET'} ${path.slice(0, 80)} ${request.body?.slice(0, 30) ?? ''}`;
    expectRefusal(await bench.ask(path, request), code, what);
  }
});

test('a refusal without a body says nothing of a body, and a part of a file is the whole of it', async () => {
  for (const path of ['/../../etc/passwd', '//assets//index-Ab12.js', '/%00']) {
    expect(parseRefusal(await bench.ask(path)).message, path).not.toContain('JSON');
  }
  const beyond = await bench.ask('/', { headers: { range: 'bytes=99999-' } });
  expect([beyond.status, beyond.body]).toEqual([200, (await bench.ask('/')).body]);
});

const markup = encodeURIComponent('<img src=x onerror=alert(1)>');

test.each([
  `/api/stream?channels=price.BTC-USDT&side=${markup}`,
  `/api/stream?channels=price.BTC-USDT&rate=${markup}`,
  `/api/stream?channels=price.BTC-USDT&${markup}=1`,
  `/api/stream?channels=${markup}`,
  `/api/realtime/BTC-USDT?channels=${markup}`,
  `/api/markets?${markup}=1`,
  `/api/markets/${markup}/price`,
])('markup in %s is not quoted in the text for a person', async (path) => {
  const { message } = parseRefusal(await bench.ask(path));
  expect(message).not.toMatch(/[<>=]/);
});

test('what is long is not quoted at all: it may be a token in the wrong place', async () => {
  const token = `eyJ${'hbGci'.repeat(20)}`;
  const { message } = parseRefusal(
    await bench.ask(`/api/stream?channels=price.BTC-USDT&side=${token}`),
  );
  expect(message).not.toContain('eyJ');
  expect(message).toContain('103 characters');
});

interface Operation {
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
}

test('bad input is tried on every operation of the document, a wrong method where there is no other', async () => {
  const document = JSON.parse((await bench.ask(apiPaths.openapi)).body) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const tried = table.map(
    ([path, { method = 'GET' }, code]) => [path.split('?')[0] ?? '', method, code] as const,
  );
  const missing = Object.entries(document.paths).flatMap(([template, operations]) => {
    const pattern = template.replace('{address}', '.+').replace(/\{\w+\}/g, '[^/]+');
    const own = tried.filter(([path]) => new RegExp(`^${pattern}$`).test(path));
    const isMethodTried = own.some(([, , code]) => code === 'METHOD_NOT_ALLOWED');
    return Object.entries(operations)
      .filter(([name, { parameters = [], requestBody }]) => {
        const isTried = own.some(([, method]) => method === name.toUpperCase());
        const takesNothing = parameters.length === 0 && requestBody === undefined;
        return !isTried && !(takesNothing && isMethodTried);
      })
      .map(([name]) => `${name} ${template}`);
  });
  expect(missing).toEqual([]);
});

test('201 symbols in one request are refused by a text that names the limit [S1-33]', async () => {
  const answer = await bench.ask(apiPaths.poll, post(JSON.stringify({ channels: symbols201 })));
  const error = expectRefusal(answer, 'TOO_MANY_SYMBOLS', 'poll');
  expect(error.message).toContain('At most 200 symbols');
});

test.each([
  ['/api/stream?channels=price.BTC&rte=3', '"rte": there is no such name'],
  ['/api/stream?channels=price.BTC&rate=fast', '"rate": it is a number, not "fast"'],
  ['/api/poll?session=none', '"cursor": it is missing'],
])('%s is told what is wrong in words, and where they are described', async (path, words) => {
  const { message } = parseRefusal(await bench.ask(path));
  expect(message).toContain(words);
  expect(message).toContain('/api/openapi.json');
});

test('a symbol in another case is refused with the ones that may be meant', async () => {
  const error = parseRefusal(await bench.ask('/api/markets/btc-usdt/price'));
  expect(error.candidates).toContain('BTC-USDT');
});

test('a method that is not taken is answered with those that are', async () => {
  const answer = await bench.ask(apiPaths.poll, { method: 'PUT' });
  expect([answer.status, answer.headers['allow']]).toEqual([405, 'DELETE, GET, POST']);
});

test('HEAD answers as GET without a body', async () => {
  for (const path of ['/', '/health', apiPaths.markets, `${market}/price`]) {
    const [head, got] = [await bench.ask(path, { method: 'HEAD' }), await bench.ask(path)];
    expect([head.status, head.body], path).toEqual([got.status, '']);
    expect(head.headers['content-type'], path).toBe(got.headers['content-type']);
  }
});

/** Header values of one request, on every way in. */
const foreignHeaders = [
  [{ host: 'evil.example' }, 'WRONG_HOST'],
  [{ host: '127.0.0.1' }, 'WRONG_HOST'],
  [{ host: '127.0.0.1:1' }, 'WRONG_HOST'],
  [{ origin: 'https://evil.example' }, 'FOREIGN_ORIGIN'],
  [{ origin: 'null' }, 'FOREIGN_ORIGIN'],
  [{ origin: 'http://127.0.0.1:1' }, 'FOREIGN_ORIGIN'],
  [{ origin: 'http://127.0.0.1.evil.example' }, 'FOREIGN_ORIGIN'],
] as const;
const wayIns: readonly (readonly [string, BenchRequest])[] = [
  ['/', {}],
  ['/health', {}],
  [apiPaths.metrics, {}],
  [`${market}/price`, {}],
  ['/api/stream?channels=price.BTC-USDT', {}],
  ['/api/realtime/BTC-USDT', {}],
  [apiPaths.dashboardStream, {}],
  [apiPaths.poll, post('{"channels":["price.BTC-USDT"]}')],
  [apiPaths.login, post('{"username":"a","password":"b"}')],
  ['/socket.io/?EIO=4&transport=polling', {}],
  ['/socket.io-msgpack/?EIO=4&transport=polling', {}],
];

test('foreign hosts and origins are refused on HTTP, SSE and polling, also with the right key [G05]', async () => {
  for (const [path, request] of wayIns) {
    for (const [headers, code] of foreignHeaders) {
      const answer = await bench.ask(path, {
        ...request,
        headers: { ...request.headers, ...headers },
      });
      expectRefusal(answer, code, `${path} ${JSON.stringify(headers)}`);
      expect(answer.headers['access-control-allow-origin'], path).toBeUndefined();
      expect(answer.headers['set-cookie'], path).toBeUndefined();
    }
  }
});

test('foreign hosts and origins are refused on every upgrade [G05]', async () => {
  const paths = ['/bridge', apiPaths.socket, '/socket.io/?EIO=4&transport=websocket', '/none'];
  for (const path of [...paths, '/venue-replay/r-1/okx/ws']) {
    for (const [headers, code] of foreignHeaders) {
      expect(await upgradeRefusal(path, headers), path).toBe(code);
    }
  }
});

async function upgradeRefusal(path: string, headers: Record<string, string>): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${bench.gateway.port}${path}`, {
    headers: { authorization: `Bearer ${bench.key}`, ...headers },
  });
  return new Promise((resolve) => {
    socket.once('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('error', () => resolve('cut'));
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve(parseRefusal({ body }).code));
    });
    socket.on('error', () => resolve('error'));
  });
}

/** What a raw connection hears before it is closed. */
async function rawAnswer(
  { gateway }: GatewayBench,
  write: (send: (text: string) => boolean) => Promise<void>,
): Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // Who writes on after the answer is reset, and perhaps never reads it.
  await write((text) => {
    const isTaken = heard === '' && !socket.destroyed;
    if (isTaken) socket.write(text);
    return isTaken;
  });
  await closed;
  return heard;
}

test('a request that drips in is answered with 408 and cut [G06]', async () => {
  const heard = await rawAnswer(impatient, async (send) => {
    send('GET /health HTTP/1.1\r\n');
    while (send('x: 1\r\n')) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  expect(heard).toMatch(/^HTTP\/1\.1 408 /);
  expect(heard).toContain('"code":"REQUEST_TIMEOUT"');
});

test('a body that drips in is cut too', async () => {
  const heard = await rawAnswer(impatient, async (send) => {
    send(`POST ${apiPaths.login} HTTP/1.1\r\nhost: 127.0.0.1:${impatient.gateway.port}\r\n`);
    send('content-type: application/json\r\ncontent-length: 50\r\n\r\n{');
    await Promise.resolve();
  });
  expect(heard).toMatch(/^HTTP\/1\.1 408 /);
});

test('who could also speak HTTP/2 is answered in what it speaks', async () => {
  const head = `host: 127.0.0.1:${bench.gateway.port}\r\nauthorization: Bearer ${bench.key}\r\n`;
  const upgrade =
    'connection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n';
  const ask = (request: string) =>
    rawAnswer(bench, async (send) => {
      send(request);
      await Promise.resolve();
    });
  const health = await ask(`GET /health HTTP/1.1\r\n${head}${upgrade}\r\n`);
  expect(health).toMatch(/^HTTP\/1\.1 200 /);
  const body = '{"channels":["price.BTC-USDT"]}';
  const poll = await ask(
    `POST ${apiPaths.poll} HTTP/1.1\r\n${head}${upgrade}content-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
  expect(poll).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  ['GET', 'x', 400, 'INVALID_REQUEST'],
  ['POST', 'dGhlIHNhbXBsZSBub25jZQ==', 405, 'METHOD_NOT_ALLOWED'],
])('a broken handshake by %s with the key %s is %i %s', async (method, key, status, code) => {
  const heard = await rawAnswer(bench, async (send) => {
    send(`${method} ${apiPaths.socket} HTTP/1.1\r\nhost: 127.0.0.1:${bench.gateway.port}\r\n`);
    send(
      `authorization: Bearer ${bench.key}\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\n`,
    );
    send(`sec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`);
    await Promise.resolve();
  });
  expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(heard).toContain(`"code":"${code}"`);
});

test('a request that names no host is refused', async () => {
  for (const head of ['HTTP/1.0', 'HTTP/1.1\r\nhost:', 'HTTP/1.1\r\nhost: a\r\nhost: b']) {
    const heard = await rawAnswer(bench, async (send) => {
      send(`GET /health ${head}\r\nconnection: close\r\n\r\n`);
      await Promise.resolve();
    });
    expect(heard, head).toMatch(/^HTTP\/1\.1 (421|400) /);
  }
});

test('what is no HTTP is told so, and an endless first line is too long', async () => {
  const noise = await rawAnswer(bench, async (send) => {
    send('\x16\x03\x01\x02\x00hello\r\n\r\n');
    await Promise.resolve();
  });
  expect(noise).toMatch(/^HTTP\/1\.1 400 /);
  expect(noise).toContain('"code":"INVALID_REQUEST"');
  const long = await rawAnswer(bench, async (send) => {
    send(`GET /${'x'.repeat(40_000)}`);
    await Promise.resolve();
  });
  expect(long).toMatch(/^HTTP\/1\.1 414 /);
});
