import { afterEach, expect, test } from 'vitest';
import type { HttpGet } from '../../src/main/engine/ports/http.ts';
import { createHttpGet } from '../../src/main/engine/ports/httpGet.ts';
import { failureOf } from '../../src/main/engine/ports/linkFailure.ts';
import type { Lookup } from '../../src/main/engine/ports/resolver.ts';
import { createBoundedLookup } from '../../src/main/engine/ports/resolver.ts';
import type { OpenSocket } from '../../src/main/engine/ports/socket.ts';
import { createOpenSocket } from '../../src/main/engine/ports/wsSocket.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import type { MemoryLinks } from '../support/memoryLinks.ts';
import { getOnce, openOnce } from '../support/portOutcomes.ts';
import { toLoopback, VenueImpostor } from '../support/venueImpostor.ts';
import { VirtualClock } from '../support/virtualClock.ts';
import { createClockPort } from '../support/virtualClockPort.ts';

let venue: VenueImpostor | null = null;

afterEach(async () => {
  await venue?.close();
  venue = null;
});

function resolverError(code: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} venue.test`), { code });
}

function failing(code: string): Lookup {
  return (_hostname, _options, callback) => callback(resolverError(code), '');
}

const hanging: Lookup = () => undefined;
/** An address of this machine where nobody listens. */
const toNobody: Lookup = (_hostname, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.9.9.9', family: 4 }]);
  else callback(null, '127.9.9.9', 4);
};

/** Lets the loop turn that often, and on until `isReady`. */
async function turns(count: number, isReady: () => boolean): Promise<void> {
  for (let turn = 0; turn < count || !isReady(); turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([
  ['ENOTFOUND', failing('ENOTFOUND'), 'nameNotFound'],
  ['EAI_AGAIN', failing('EAI_AGAIN'), 'nameUnanswered'],
  ['a resolver that hangs', hanging, 'nameUnanswered'],
  ['a wrong address', toNobody, 'nothingThere'],
] as const)(
  '[N09] %s: socket and request fail with a cause, and the loop runs on meanwhile',
  async (_name, lookup, failure) => {
    venue = await VenueImpostor.listen();
    const clock = new VirtualClock();
    const ports = createClockPort(clock);
    const bounded = createBoundedLookup({ lookup, clock: ports, limitMs: 150 });
    const link = { lookup: bounded, clock: createClockPort(new VirtualClock()) };
    const host = `venue.test:${venue.port}`;
    const outcomes = Promise.all([
      openOnce(createOpenSocket(link), `ws://${host}/ws`),
      getOnce(createHttpGet(link), `http://${host}/time`),
    ]);
    let isOver = false;
    void outcomes.then(() => {
      isOver = true;
    });
    // Both have asked, and the loop runs on while nobody answers.
    if (lookup === hanging) await turns(50, () => clock.pending === 2);
    expect(isOver && lookup === hanging).toBe(false);
    clock.advance(150);
    const [socket, answer] = await outcomes;
    expect(socket).toMatchObject({ type: 'closed', code: 1006, failure });
    expect(answer).toMatchObject({ type: 'failed', failure });
  },
);

test('[N09] an address that flips is looked up anew: the attempt after a wrong one gets through', async () => {
  venue = await VenueImpostor.listen();
  let asked = 0;
  const lookup = createBoundedLookup({
    lookup: (hostname, options, callback) => {
      asked += 1;
      (asked % 2 === 1 ? toNobody : toLoopback)(hostname, options, callback);
    },
  });
  const openSocket = createOpenSocket({ lookup });
  const url = `ws://venue.test:${venue.port}/ws`;
  const first = await openOnce(openSocket, url);
  const second = await openOnce(openSocket, url);
  expect([first.type, second.type, asked]).toEqual(['closed', 'open', 2]);
  if (second.type === 'open') second.handle.terminate();
});

/** Links whose names a resolver has to find first, on virtual time. */
function named(resolver: { lookup: Lookup }) {
  return (links: MemoryLinks): { openSocket: OpenSocket; httpGet: HttpGet } => {
    const bounded = createBoundedLookup({
      clock: links.clockPort,
      lookup: (hostname, options, callback) => resolver.lookup(hostname, options, callback),
    });
    const find = (url: string, found: () => void, failed: (error: Error) => void): void =>
      bounded(new URL(url).host, {}, (error) => {
        // No real resolver answers in the same turn.
        links.clock.after(1, () => {
          if (error === null) found();
          else failed(error);
        });
      });
    return {
      openSocket(url, handlers) {
        let end = (): void => handlers.closed(1006, 'terminated', null);
        let send: (text: string) => void = () => undefined;
        find(
          url,
          () => {
            const handle = links.openSocket(url, handlers);
            end = () => handle.terminate();
            send = (text) => handle.send(text);
          },
          (error) => handlers.closed(1006, error.message, null, failureOf(error) ?? undefined),
        );
        return { send: (text) => send(text), terminate: () => end() };
      },
      httpGet(url, done) {
        let cancel: () => void = () => undefined;
        find(
          url,
          () => {
            cancel = links.httpGet(url, done);
          },
          (error) => {
            const failure = failureOf(error);
            done({ type: 'failed', reason: error.message, ...(failure && { failure }) });
          },
        );
        return () => cancel();
      },
    };
  };
}

test.each([
  [
    'not found',
    failing('ENOTFOUND'),
    'The address of Binance was not found: check the internet connection and its name server (DNS). Reconnecting by itself.',
  ],
  [
    'hanging',
    hanging,
    'The name server (DNS) did not say where Binance is: check the internet connection. Reconnecting by itself.',
  ],
] as const)(
  '[N09] names %s for a minute: explained, tried with the usual back-off, the other venues live, then whole again',
  (_name, broken, message) => {
    const resolver = { lookup: toLoopback };
    const engine = new EngineOnLinks({
      venues: ['binance', 'bybit'],
      messagesPerSec: 150,
      ports: named(resolver),
    });
    engine.want(['BTC-USDT']);
    engine.run(3_000);
    resolver.lookup = (hostname, options, callback) =>
      (hostname === 'binance' ? broken : toLoopback)(hostname, options, callback);
    engine.control({ type: 'reset', venue: 'binance' });
    engine.run(60_000, undefined, 10);
    const connectionOf = (id: string) =>
      engine.view.health().connections.find((each) => each.venue === id);
    const lost = connectionOf('binance');
    expect(lost?.status === 'reconnecting' || lost?.status === 'connecting').toBe(true);
    expect(lost?.lastError?.message).toBe(message);
    expect(connectionOf('bybit')?.status).toBe('live');
    const bounds = engine
      .effectsOf('scheduleAttempt')
      .filter(({ venue: id }) => id === 'binance')
      .map(({ maxDelayMs }) => maxDelayMs);
    expect(bounds.slice(1, 5)).toEqual([250, 500, 1_000, 2_000]);
    // What the hanging questions cost: five seconds each, never the handshake's whole limit.
    expect(bounds.length).toBeGreaterThanOrEqual(7);
    resolver.lookup = toLoopback;
    engine.shell.command({ type: 'reconnectVenue', venue: 'binance' });
    engine.run(70_000, undefined, 20);
    expect(connectionOf('binance')?.status).toBe('live');
    engine.close();
  },
);
