import { expect, test } from 'vitest';
import type { CoreEffect, CoreInput, EffectSink } from '../../../../src/main/engine/inputs.ts';
import type { HttpOutcome } from '../../../../src/main/engine/ports/http.ts';
import type { SocketHandlers } from '../../../../src/main/engine/ports/socket.ts';
import { Shell } from '../../../../src/main/engine/shell/shell.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';
import { createBinanceVenue } from '../../../../src/main/engine/venues/binance/venue.ts';
import type { Venue } from '../../../../src/main/engine/venues/venue.ts';

/** Another venue with its own budget. */
const binance = createBinanceVenue();
const okx: Venue = { ...binance, id: 'okx' };

/** A shell whose core only writes down what it hears. */
function setUp(random = () => 0.5) {
  const clock = new VirtualClock();
  const inputs: CoreInput[] = [];
  const sockets: { url: string; handlers: SocketHandlers; sent: [number, string][] }[] = [];
  const requests: { url: string; at: number; done: (outcome: HttpOutcome) => void }[] = [];
  let effects: EffectSink = () => undefined;
  const shell = new Shell({
    venues: [binance, okx],
    endpoints: (venue) => ({ ws: `ws://${venue.id}`, rest: `http://${venue.id}` }),
    handle: (input, sink) => {
      inputs.push(input);
      effects = sink;
    },
    clock: createClockPort(clock),
    random,
    openSocket(url, handlers) {
      const sent: [number, string][] = [];
      sockets.push({ url, handlers, sent });
      return {
        send: (text) => sent.push([clock.monotonicMs(), text]),
        terminate: () => handlers.closed(1006, 'terminated', null),
      };
    },
    httpGet(url, done) {
      requests.push({ url, at: clock.monotonicMs(), done });
      return () => undefined;
    },
  });
  shell.start();
  clock.advance(50);
  const perform = (effect: CoreEffect): void => effects(effect);
  return { clock, inputs, sockets, requests, shell, perform };
}

const socket = { connection: 'binance#1', generation: 1 } as const;
const connect = { type: 'connect', venue: 'binance', path: '/stream', ...socket } as const;

test('never sends more than the venue allows in any second, pongs included [S0-42]', () => {
  const { clock, sockets, perform } = setUp();
  perform(connect);
  for (let count = 0; count < 30; count += 1) {
    perform({ type: 'send', purpose: 'subscription', text: `s${count}`, ...socket });
  }
  sockets[0]?.handlers.pinged(() => undefined);
  clock.advance(20_000);
  const sent = sockets[0]?.sent ?? [];
  expect(sent.map(([, text]) => text)).toEqual(Array.from({ length: 30 }, (_, n) => `s${n}`));
  for (const [time] of sent) {
    const inWindow = sent.filter(([other]) => other > time - 1_000 && other <= time);
    expect(inWindow.length).toBeLessThanOrEqual(4);
  }
});

test('frames that wait are counted for their connection until they are out, those of a lost socket never [S0-10]', () => {
  const { clock, sockets, shell, perform } = setUp();
  const send = (generation: number): void =>
    perform({ type: 'send', purpose: 'subscription', text: 's', ...socket, generation });
  perform(connect);
  for (let count = 0; count < 10; count += 1) send(1);
  const queued = () => ['binance#1', 'binance#10', 'okx#1'].map((name) => shell.queuedOn(name));
  expect([sockets[0]?.sent.length, queued()]).toEqual([4, [6, 0, 0]]);
  clock.advance(1_000);
  expect([sockets[0]?.sent.length, queued()]).toEqual([8, [2, 0, 0]]);
  sockets[0]?.handlers.closed(1006, 'lost', null);
  expect(queued()).toEqual([0, 0, 0]);
  perform({ ...connect, generation: 2 });
  for (let count = 0; count < 5; count += 1) send(2);
  expect(queued()).toEqual([1, 0, 0]);
  clock.advance(2_000);
  expect([sockets[1]?.sent.length, queued()]).toEqual([5, [0, 0, 0]]);
});

test('a heartbeat goes before waiting subscriptions', () => {
  const { clock, sockets, perform } = setUp();
  perform(connect);
  for (let count = 0; count < 10; count += 1) {
    perform({ type: 'send', purpose: 'subscription', text: 's', ...socket });
  }
  perform({ type: 'send', purpose: 'heartbeat', text: 'ping', ...socket });
  clock.advance(1_000);
  expect(sockets[0]?.sent[4]).toEqual([1_050, 'ping']);
});

test('draws the delay inside its bound and spreads connects to one venue', () => {
  const { clock, inputs, perform } = setUp(() => 0.25);
  for (let count = 0; count < 3; count += 1) {
    perform({ type: 'scheduleAttempt', venue: 'okx', connection: `okx#${count}`, maxDelayMs: 400 });
  }
  clock.advance(0);
  const delays = inputs.flatMap((input) =>
    input.type === 'attemptScheduled' ? input.delayMs : [],
  );
  expect(delays).toEqual([100, 350, 600]);
});

test('Retry-After of one venue holds its requests and connects, and no other', () => {
  const { clock, inputs, requests, perform } = setUp(() => 0);
  const fetch = (venue: 'binance' | 'okx', requestId: number): void =>
    perform({ type: 'fetch', venue, requestId, request: { path: '/x', weight: 1 } });
  fetch('binance', 1);
  requests[0]?.done({
    type: 'answered',
    answer: {
      status: 429,
      headers: { 'retry-after': '7' },
      body: '{"code":-1003,"msg":"Too much"}',
    },
    elapsedMs: 1,
  });
  fetch('binance', 2);
  fetch('okx', 3);
  perform({ type: 'scheduleAttempt', venue: 'binance', connection: 'binance#1', maxDelayMs: 250 });
  clock.advance(10_000);
  expect(requests.map(({ url, at }) => [url, at])).toEqual([
    ['http://binance/x', 50],
    ['http://okx/x', 50],
    ['http://binance/x', 7_050],
  ]);
  expect(inputs.find((input) => input.type === 'attemptScheduled')).toMatchObject({
    delayMs: 7_000,
    frozen: 'rate-limited',
  });
});

test('a refused handshake that speaks for the whole address freezes the venue', () => {
  const { clock, inputs, sockets, perform } = setUp(() => 0);
  perform(connect);
  sockets[0]?.handlers.closed(429, 'handshake refused with HTTP 429', 30_000);
  perform({ type: 'scheduleAttempt', venue: 'binance', connection: 'binance#1', maxDelayMs: 250 });
  clock.advance(1);
  expect(inputs.filter((input) => input.type === 'closed')).toHaveLength(1);
  expect(inputs.find((input) => input.type === 'attemptScheduled')).toMatchObject({
    delayMs: 30_000,
  });
});

test('inputs caused while one is handled follow it, each with its own time', () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  const shell = new Shell({
    venues: [binance],
    endpoints: () => ({ ws: 'ws://x', rest: 'http://x' }),
    clock: createClockPort(clock),
    random: () => 0,
    httpGet: () => () => undefined,
    openSocket: (_url, handlers) => {
      handlers.opened();
      handlers.frame('first');
      return { send: () => undefined, terminate: () => undefined };
    },
    handle: (input, effects) => {
      order.push(`${input.type} begins`);
      if (input.type === 'command') effects(connect);
      order.push(`${input.type} ends`);
    },
  });
  shell.command({ type: 'wake' });
  expect(order).toEqual([
    'command begins',
    'command ends',
    'opened begins',
    'opened ends',
    'frame begins',
    'frame ends',
  ]);
  shell.close();
  shell.close();
  expect(clock.pending).toBe(0);
});

test('whoever waits for an answer is told when the market closes', () => {
  const { shell } = setUp();
  const outcomes: HttpOutcome[] = [];
  shell.request('okx', { path: '/x', weight: 1 }, (outcome) => outcomes.push(outcome));
  shell.close();
  shell.request('okx', { path: '/x', weight: 1 }, (outcome) => outcomes.push(outcome));
  expect(outcomes.map(({ type }) => type)).toEqual(['failed', 'failed']);
});
