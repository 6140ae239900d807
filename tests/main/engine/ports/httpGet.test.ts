import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createHttpGet } from '../../../../src/main/engine/ports/httpGet.ts';
import { eventually } from '../../../support/eventually.ts';
import { getOnce } from '../../../support/portOutcomes.ts';
import { toLoopback, VenueImpostor } from '../../../support/venueImpostor.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

let venue: VenueImpostor | null = null;

afterEach(async () => {
  await venue?.close();
  venue = null;
});

/** Time stands: what a busy machine takes to unpack is no silence of a venue. */
async function ask(answer: (response: ServerResponse) => void, clock = new VirtualClock()) {
  venue = await VenueImpostor.listen({ answer: (_request, response) => answer(response) });
  const get = createHttpGet({ lookup: toLoopback, clock: createClockPort(clock) });
  return getOnce(get, `http://venue.test:${venue.port}/api?symbol=BTCUSDT`);
}

test('an answer comes with its status, the headers that are read, and its body unpacked', async () => {
  const outcome = await ask((response) => {
    response.writeHead(429, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'retry-after': '7',
      'x-other': 'left out',
    });
    response.end(gzipSync('{"code":-1003}'));
  });
  expect(outcome).toMatchObject({
    type: 'answered',
    answer: {
      status: 429,
      headers: { 'content-type': 'application/json', 'retry-after': '7' },
      body: '{"code":-1003}',
    },
  });
});

test('a packed answer that unpacks to more than 64 MiB is given up', async () => {
  const outcome = await ask((response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(65 * 1024 * 1024)));
  });
  expect(outcome).toEqual({ type: 'failed', reason: 'answer larger than 67108864 bytes' });
});

test('an answer that is cut off, or packed otherwise than asked, is none', async () => {
  const cut = await ask((response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"half":');
    setTimeout(() => response.destroy(), 20);
  });
  expect(cut).toEqual({ type: 'failed', reason: 'the answer was cut off' });
  await venue?.close();
  const strange = await ask((response) => {
    response.writeHead(200, { 'content-encoding': 'zstd' });
    response.end('x');
  });
  expect(strange).toEqual({
    type: 'failed',
    reason: 'answer in an encoding that was not asked for: zstd',
  });
});

test('an answer that never ends is given up after ten seconds', async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const outcome = ask((response) => {
    asked += 1;
    response.write('{"half":');
  }, clock);
  await eventually(() => expect(asked).toBe(1));
  clock.advance(9_999);
  expect(clock.pending).toBe(1);
  clock.advance(1);
  expect(await outcome).toMatchObject({ type: 'failed' });
  expect(clock.pending).toBe(0);
});

test('a cancelled request ends without a word', async () => {
  venue = await VenueImpostor.listen({ answer: () => undefined });
  const get = createHttpGet({ lookup: toLoopback });
  const heard: unknown[] = [];
  const cancel = get(`http://venue.test:${venue.port}/`, (outcome) => heard.push(outcome));
  const asked = venue;
  await eventually(() => expect(asked.requests).toBe(1));
  cancel();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([venue.requests, heard]).toEqual([1, []]);
});
