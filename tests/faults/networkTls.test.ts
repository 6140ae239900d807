import { afterEach, expect, test } from 'vitest';
import { createHttpGet } from '../../src/main/engine/ports/httpGet.ts';
import { createOpenSocket } from '../../src/main/engine/ports/wsSocket.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { getOnce, openOnce } from '../support/portOutcomes.ts';
import { pem, toLoopback, VenueImpostor } from '../support/venueImpostor.ts';
import type { ImpostorOptions } from '../support/venueImpostor.ts';
import { VirtualClock } from '../support/virtualClock.ts';
import { createClockPort } from '../support/virtualClockPort.ts';

const signInPage = '<!doctype html><title>Sign in</title>';
const htmlAnswer = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${signInPage.length}\r\n\r\n${signInPage}`;
const redirect =
  'HTTP/1.1 302 Found\r\nlocation: http://sign-in.test/\r\ncontent-length: 0\r\n\r\n';

let venue: VenueImpostor | null = null;
/** It stands: no answer is late because the machine is busy. */
const clock = createClockPort(new VirtualClock());

afterEach(async () => {
  await venue?.close();
  venue = null;
});

/** What both ports make of a server in the venue's place. */
async function meet(options: ImpostorOptions, ca?: string) {
  venue = await VenueImpostor.listen(options);
  const link = { lookup: toLoopback, clock, ...(ca === undefined ? {} : { ca }) };
  const isSecure = options.certificate !== undefined;
  const host = `venue.test:${venue.port}`;
  const socket = await openOnce(createOpenSocket(link), `${isSecure ? 'wss' : 'ws'}://${host}/ws`);
  const answer = await getOnce(
    createHttpGet(link),
    `${isSecure ? 'https' : 'http'}://${host}/time`,
  );
  if (socket.type === 'open') socket.handle.terminate();
  return { socket, answer, venue };
}

test('[N10] a certificate that holds is accepted: the tests below fail for their own reasons', async () => {
  const { socket, answer } = await meet({ certificate: 'valid' }, pem('authority'));
  expect([socket.type, answer.type]).toEqual(['open', 'answered']);
});

test.each([
  ['expired', 'authority', 'certificateExpired'],
  ['otherName', 'authority', 'certificateOfAnother'],
  ['valid', null, 'certificateUntrusted'],
  ['selfSigned', null, 'certificateUntrusted'],
  ['selfSigned', 'authority', 'certificateUntrusted'],
] as const)(
  '[N10] the certificate %s is refused (authorities: %s) on socket and request, and nothing is asked of its owner',
  async (certificate, ca, failure) => {
    const {
      socket,
      answer,
      venue: met,
    } = await meet({ certificate }, ca === null ? undefined : pem(ca));
    expect(socket).toMatchObject({ type: 'closed', code: 1006, failure });
    expect(answer).toMatchObject({ type: 'failed', failure });
    expect([met.handshakes, met.requests]).toEqual([0, 0]);
  },
);

test.each([
  ['a sign-in page', { refusal: htmlAnswer }, 200],
  ['a redirect', { refusal: redirect }, 302],
] as const)('[N10] %s of the network is no venue', async (_name, options, status) => {
  const { socket, answer } = await meet({
    ...options,
    answer: (_request, response) => {
      if (status === 302) response.writeHead(302, { location: 'http://sign-in.test/' }).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end(signInPage);
    },
  });
  expect(socket).toMatchObject({ type: 'closed', code: status, failure: 'hijacked' });
  expect(answer).toMatchObject({ type: 'failed', failure: 'hijacked' });
});

test('[N10] plain text where TLS is expected says so', async () => {
  venue = await VenueImpostor.listen();
  const link = { lookup: toLoopback, clock };
  const { port } = venue;
  const socket = await openOnce(createOpenSocket(link), `wss://venue.test:${port}/ws`);
  const answer = await getOnce(createHttpGet(link), `https://venue.test:${port}/time`);
  expect(socket).toMatchObject({ type: 'closed', failure: 'tls' });
  expect(answer).toMatchObject({ type: 'failed', failure: 'tls' });
});

/** The socket dropped, and from then on the network answers in the venue's place. */
function captive(status: number): EngineOnLinks {
  const engine = new EngineOnLinks({ venues: ['binance', 'okx'], messagesPerSec: 40 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'refuse', venue: 'binance', status, durationMs: 600_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  return engine;
}

test('[N10] a captive network is explained in one sentence, asked rarely, and left when it lets through', () => {
  const engine = captive(302);
  engine.run(5_000);
  const attempts = engine.links.attempts.get('binance') ?? 0;
  const requests = engine.effectsOf('fetch').filter(({ venue: id }) => id === 'binance').length;
  engine.run(300_000, undefined, 20);
  const { connections } = engine.view.health();
  const binance = connections.find(({ connection }) => connection === 'binance#1');
  expect(binance).toMatchObject({ status: 'reconnecting', reason: 'refused', circuit: 'open' });
  expect(binance?.lastError?.message).toBe(
    'This network answers in place of Binance: open a browser and sign in to the network. Tried again by itself, rarely.',
  );
  expect(engine.view.quotesOf('BTC-USDT')[0]?.status).toBe('stale');
  expect(connections.find(({ venue: id }) => id === 'okx')?.status).toBe('live');
  const tries = (engine.links.attempts.get('binance') ?? 0) - attempts;
  expect(tries).toBeGreaterThanOrEqual(1);
  expect(tries).toBeLessThanOrEqual(6);
  const asked = engine.effectsOf('fetch').filter(({ venue: id }) => id === 'binance').length;
  expect(asked - requests).toBeLessThanOrEqual(6);
  engine.control({ type: 'restore', venue: 'binance' });
  engine.run(1_000);
  engine.shell.command({ type: 'reconnectVenue', venue: 'binance' });
  engine.run(2_000);
  const back = engine.view
    .health()
    .connections.find(({ connection }) => connection === 'binance#1');
  expect([back?.status, back?.circuit]).toEqual(['live', 'closed']);
  expect(engine.view.quotesOf('BTC-USDT')[0]?.status).toBe('live');
  engine.close();
});

test('[N10] the wait after an answer of somebody else is at least thirty seconds, and grows to five minutes', () => {
  const engine = captive(200);
  engine.run(600_000, undefined, 50);
  const bounds = engine
    .effectsOf('scheduleAttempt')
    .filter(({ venue: id }) => id === 'binance')
    .map(({ minDelayMs, maxDelayMs }) => [minDelayMs, maxDelayMs]);
  expect(bounds.slice(0, 5)).toEqual([
    [0, 0],
    [0, 250],
    [30_000, 120_000],
    [30_000, 240_000],
    [30_000, 300_000],
  ]);
  engine.close();
});
