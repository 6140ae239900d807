import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import { eventually } from '../../../support/eventually.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import {
  askGateway,
  createVenueReplayRun,
  startVenueReplayGateway,
} from '../../../support/venueReplayGateway.ts';
import type { VenueReplayRun } from '../../../support/venueReplayGateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-venue-replay-'));
const frames: string[] = [];
const library = (): RecordingLibrary => new RecordingLibrary(systemFiles, folder);
let session: RecordedSession;
let gateway: Gateway;

beforeAll(async () => {
  session = await recordEngine(
    library(),
    { checkpointMs: 2_000, segmentMs: 8_000 },
    (engine) => {
      engine.want(['BTC-USDT']);
      engine.run(10_000);
    },
    (input) => {
      if (input.type === 'frame') frames.push(input.text);
    },
  );
  gateway = await startVenueReplayGateway(session, folder);
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

type Run = VenueReplayRun;

const ask = (path: string, method: string, body?: unknown): Promise<Response> =>
  askGateway(gateway, path, method, body);

const createRun = (from: number | null, speed: number | null): Promise<Run> =>
  createVenueReplayRun(gateway, { session: session.id, from, speed });

function addressesOf(run: Run, venue: string): Run['venues'][number] {
  const found = run.venues.find((each) => each.venue === venue);
  if (found === undefined) throw new Error(`${venue} is not in the run`);
  return found;
}

class Bot {
  readonly texts: string[] = [];
  closed: { code: number; reason: string } | null = null;
  onClosed: (code: number) => void = () => undefined;
  private readonly socket: WebSocket;
  readonly opened: Promise<void>;

  constructor(address: string) {
    this.socket = new WebSocket(address);
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
    });
    this.socket.on('message', (message: Buffer) => this.texts.push(message.toString()));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.onClosed(code);
    });
  }

  send(value: unknown): void {
    this.socket.send(typeof value === 'string' ? value : JSON.stringify(value));
  }

  async until(isDone: () => boolean): Promise<void> {
    await eventually(() => expect(isDone()).toBe(true));
  }

  end(): void {
    this.socket.terminate();
  }
}

test('a program subscribed from the beginning hears each frame of its streams byte for byte, and nothing else', async () => {
  const run = await createRun(null, null);
  const bot = new Bot(`${addressesOf(run, 'bybit').websocket}/v5/public/spot`);
  await bot.opened;
  bot.send({ op: 'ping', req_id: 'p1' });
  const args = ['orderbook.200.BTCUSDT', 'publicTrade.BTCUSDT'];
  bot.send({ req_id: 's1', op: 'subscribe', args: [...args, 'orderbook.50.BTCUSDT'] });
  bot.send({ req_id: 's2', op: 'subscribe', args });
  await bot.until(() => bot.closed !== null);
  const [pong, refused, accepted, ...market] = bot.texts;
  expect(JSON.parse(pong ?? '')).toMatchObject({ ret_msg: 'pong', req_id: 'p1', success: true });
  expect(JSON.parse(refused ?? '')).toMatchObject({
    success: false,
    ret_msg: 'error:handler not found,topic:orderbook.50.BTCUSDT',
  });
  expect(JSON.parse(accepted ?? '')).toMatchObject({ success: true, req_id: 's2' });
  const wanted = frames.filter((text) =>
    args.some((topic) => text.startsWith(`{"topic":"${topic}"`)),
  );
  expect(wanted.length).toBeGreaterThan(50);
  expect(market).toEqual(wanted);
  expect(bot.closed).toEqual({ code: 1001, reason: 'the recording is over' });
});

test('who comes in the middle gets the book as it stands, and the stream continues it without a gap', async () => {
  // Slowly: both have to hear enough of it before it is over.
  const run = await createRun(session.startTime + 5_000, 0.5);
  const bybit = new Bot(`${addressesOf(run, 'bybit').websocket}/v5/public/spot`);
  const okx = new Bot(`${addressesOf(run, 'okx').websocket}/ws/v5/public`);
  await Promise.all([bybit.opened, okx.opened]);
  okx.send('ping');
  okx.send({ op: 'subscribe', args: [{ channel: 'books', instId: 'BTC-USDT' }] });
  bybit.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT'] });
  await Promise.all([
    bybit.until(() => bybit.texts.length > 15),
    okx.until(() => okx.texts.length > 15),
  ]);
  const bookOf = (text: string): { u: number } =>
    (JSON.parse(text) as { data: { u: number } }).data;
  const [, snapshot, ...deltas] = bybit.texts;
  expect(JSON.parse(snapshot ?? '')).toMatchObject({
    type: 'snapshot',
    topic: 'orderbook.200.BTCUSDT',
  });
  let last = bookOf(snapshot ?? '').u;
  for (const delta of deltas) {
    expect(bookOf(delta).u).toBe(last + 1);
    last = bookOf(delta).u;
  }
  const [pong, ack, first, ...updates] = okx.texts;
  expect(pong).toBe('pong');
  expect(JSON.parse(ack ?? '')).toMatchObject({ event: 'subscribe', arg: { channel: 'books' } });
  interface OkxBook {
    action: string;
    data: [{ seqId: number; prevSeqId: number; bids: string[][] }];
  }
  const rowOf = (text: string): OkxBook['data'][0] => (JSON.parse(text) as OkxBook).data[0];
  expect((JSON.parse(first ?? '') as OkxBook).action).toBe('snapshot');
  expect(rowOf(first ?? '').bids.length).toBeGreaterThan(20);
  let seqId = rowOf(first ?? '').seqId;
  for (const update of updates) {
    expect(rowOf(update).prevSeqId).toBe(seqId);
    ({ seqId } = rowOf(update));
  }
  bybit.end();
  okx.end();
});

test('the documented way to a Binance book works: buffer, ask REST, join', async () => {
  // Slow enough for who asks REST between: what it waits for must not pass by meanwhile.
  const run = await createRun(null, 0.5);
  const { websocket, rest } = addressesOf(run, 'binance');
  const info = (await (await fetch(`${rest}/api/v3/exchangeInfo?symbol=BTCUSDT`)).json()) as {
    symbols: { symbol: string; filters: { tickSize?: string }[] }[];
  };
  expect(info.symbols[0]).toMatchObject({ symbol: 'BTCUSDT', status: 'TRADING' });
  const bot = new Bot(`${websocket}/ws`);
  await bot.opened;
  bot.send({ method: 'SUBSCRIBE', params: ['btcusdt@aggTrade'], id: 1 });
  bot.send({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 2 });
  bot.send({ method: 'LIST_SUBSCRIPTIONS', id: 'three' });
  await bot.until(() => bot.texts.length > 5);
  expect(bot.texts.slice(0, 3).map((text) => JSON.parse(text) as unknown)).toEqual([
    { error: { code: 2, msg: 'Invalid request: not in this recording: btcusdt@aggTrade' }, id: 1 },
    { result: null, id: 2 },
    { result: ['btcusdt@depth@100ms'], id: 'three' },
  ]);
  const snapshot = (await (
    await fetch(`${rest}/api/v3/depth?symbol=BTCUSDT&limit=1000`)
  ).json()) as { lastUpdateId: number; bids: string[][] };
  expect(snapshot.bids.length).toBeGreaterThan(20);
  interface Diff {
    e: string;
    U: number;
    u: number;
  }
  const diffs = (): Diff[] =>
    bot.texts
      .slice(3)
      .map((text) => JSON.parse(text) as Diff)
      .filter(({ u }) => u > snapshot.lastUpdateId);
  await bot.until(() => diffs().length > 5);
  let last = snapshot.lastUpdateId;
  for (const { e, U, u } of diffs()) {
    expect(e).toBe('depthUpdate');
    expect(U).toBeLessThanOrEqual(last + 1);
    expect(u).toBeGreaterThan(last);
    last = u;
  }
  bot.end();
});

test('a lost connection of the recording closes the sockets of its venue, and of no other', async () => {
  const broken = await recordEngine(library(), { checkpointMs: 2_000 }, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(4_000);
    engine.control({ type: 'close', venue: 'bybit', code: 1006 });
    engine.run(4_000);
  });
  const other = await startVenueReplayGateway(broken, folder);
  try {
    // Two seconds between both ends: a machine that stands still for a moment must not tell them in one.
    const run = await createVenueReplayRun(other, { session: broken.id, speed: 2 });
    const bybit = new Bot(`${addressesOf(run, 'bybit').websocket}/v5/public/spot`);
    const okx = new Bot(`${addressesOf(run, 'okx').websocket}/ws/v5/public`);
    await Promise.all([bybit.opened, okx.opened]);
    const ended: number[] = [];
    for (const bot of [bybit, okx]) bot.onClosed = (code) => ended.push(code);
    bybit.send({ op: 'subscribe', args: ['publicTrade.BTCUSDT'] });
    okx.send({ op: 'subscribe', args: [{ channel: 'trades', instId: 'BTC-USDT' }] });
    await bybit.until(() => bybit.closed !== null);
    await okx.until(() => okx.closed !== null);
    expect([bybit.closed, okx.closed]).toMatchObject([{ code: 1012 }, { code: 1001 }]);
    expect(ended).toEqual([1012, 1001]);
  } finally {
    await other.close();
  }
});

test('a program that floods is ended, and the others of the run go on', async () => {
  const run = await createRun(null, 1);
  const address = `${addressesOf(run, 'okx').websocket}/ws/v5/public`;
  const [flood, other] = [new Bot(address), new Bot(address)];
  await Promise.all([flood.opened, other.opened]);
  for (let count = 0; count < 300; count += 1) flood.send('ping');
  await flood.until(() => flood.closed !== null);
  expect(flood.closed).toEqual({ code: 1008, reason: 'too many messages' });
  expect(flood.texts.length).toBeLessThan(150);
  other.send('ping');
  await other.until(() => other.texts.length > 0);
  other.end();
});

test('tickers are answered of one symbol, of some or of all, and of no other', async () => {
  await endRuns();
  const run = await createRun(session.startTime + 5_000, 1);
  const ask = async (venue: string, path: string): Promise<unknown> =>
    (await fetch(`${addressesOf(run, venue).rest}${path}`)).json();
  const one = { symbol: 'BTCUSDT', lastPrice: expect.stringMatching(/^\d+(\.\d+)?$/) };
  const day = '/api/v3/ticker/24hr';
  expect(await ask('binance', `${day}?symbol=BTCUSDT`)).toMatchObject(one);
  expect(await ask('binance', `${day}?symbols=%5B%22BTCUSDT%22%5D`)).toMatchObject([one]);
  expect(await ask('binance', day)).toMatchObject([one]);
  expect(await ask('binance', `${day}?symbol=NONE`)).toMatchObject({ code: -1121 });
  expect(await ask('binance', `${day}?symbols=BTCUSDT`)).toMatchObject({ code: -1100 });
  const top = (await ask('binance', '/api/v3/ticker/bookTicker?symbol=BTCUSDT')) as {
    readonly bidPrice: string;
    readonly askPrice: string;
  };
  expect(Number(top.bidPrice)).toBeLessThan(Number(top.askPrice));
  const spot = '/v5/market/tickers?category=spot';
  for (const path of [`${spot}&symbol=BTCUSDT`, spot]) {
    expect(await ask('bybit', path)).toMatchObject({ retCode: 0, result: { list: [one] } });
  }
  expect(await ask('bybit', `${spot}&symbol=NONE`)).toMatchObject({ retCode: 10_001 });
  const okx = { code: '0', data: [{ instId: 'BTC-USDT', last: one.lastPrice }] };
  expect(await ask('okx', '/api/v5/market/ticker?instId=BTC-USDT')).toMatchObject(okx);
  expect(await ask('okx', '/api/v5/market/tickers?instType=SPOT')).toMatchObject(okx);
  expect(await ask('okx', '/api/v5/market/tickers?instType=SWAP')).toEqual({
    ...okx,
    msg: '',
    data: [],
  });
});

test('behind a proxy that ends TLS the addresses are those of the proxy, for who came over it', async () => {
  const proxied = await startVenueReplayGateway(session, folder, {
    ...{ isBehindTls: true, publicHosts: ['desk.example'] },
  });
  try {
    expect(proxied.origin).toBe(`http://127.0.0.1:${proxied.port}`);
    expect(proxied.address).toMatch(/^https:\/\/desk\.example\/#key=/);
    expect(proxied.issueOneTimeAddress()).toMatch(/^https:\/\/desk\.example\/#key=/);
    const [shown] = await proxied.serveAsVenues({ from: null, speed: 1 });
    expect(shown?.websocket).toMatch(/^wss:\/\/desk\.example\/venue-replay\/\w+\/binance$/);
    const { port } = proxied;
    const key = proxied.address.split('#key=')[1] ?? '';
    const addressFor = async (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path: '/api/venue-replays', headers });
        sent.on('error', reject).on('response', (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => (text += part));
          answer.on('end', () => {
            const { runs } = JSON.parse(text) as { readonly runs: Run[] };
            resolve(runs[0]?.venues[0]?.websocket ?? '');
          });
        });
        sent.end();
      });
    const authorization = `Bearer ${key}`;
    const overProxy = { authorization, host: 'desk.example', 'x-forwarded-for': '203.0.113.9' };
    expect(await addressFor(overProxy)).toMatch(/^wss:\/\/desk\.example\/venue-replay\//);
    const direct = `ws://127.0.0.1:${port}/venue-replay/`;
    expect(
      (await addressFor({ authorization, host: `127.0.0.1:${port}` })).slice(0, direct.length),
    ).toBe(direct);
  } finally {
    await proxied.close();
  }
});

test('without a token no run is made, and an address that is not a run leads nowhere', async () => {
  const body = JSON.stringify({ session: session.id });
  const headers = { 'content-type': 'application/json' };
  const path = `${gateway.origin}/api/venue-replays`;
  expect((await fetch(path, { method: 'POST', headers, body })).status).toBe(401);
  expect((await ask('/api/venue-replays', 'POST', { session: '../x' })).status).toBe(400);
  expect((await fetch(`${gateway.origin}/venue-replay/none/binance/api/v3/time`)).status).toBe(404);
  const stranger = new Bot(`${gateway.origin.replace('http', 'ws')}/venue-replay/none/binance/ws`);
  await expect(stranger.opened).rejects.toThrow('404');
  const ended = await endRuns();
  expect(ended.length).toBeGreaterThan(0);
  for (const run of ended) {
    expect((await ask(`/api/venue-replays/${run}`, 'DELETE')).status).toBe(404);
  }
});

/** There may be four at a time. */
async function endRuns(): Promise<readonly string[]> {
  const listed = (await (await ask('/api/venue-replays', 'GET')).json()) as { runs: Run[] };
  for (const { run } of listed.runs) {
    expect((await ask(`/api/venue-replays/${run}`, 'DELETE')).status).toBe(204);
  }
  return listed.runs.map(({ run }) => run);
}
