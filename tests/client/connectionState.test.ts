import { expect, test } from 'vitest';
import type { ConnectionReason, ConnectionStatus } from '../../src/shared/feedHealth.ts';
import type { ConnectionState, EngineConnection } from '../../src/client/connectionState.ts';
import {
  connectionStates,
  isConnected,
  legalTransitions,
  mayFollow,
  pathBetween,
  stateOfConnection,
  toFourStates,
  toThreeStates,
} from '../../src/client/connectionState.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';

const statuses: readonly ConnectionStatus[] = [
  'connecting',
  'subscribing',
  'live',
  'reconnecting',
  'closed',
];
const reasons: readonly (ConnectionReason | null)[] = [
  null,
  'backoff',
  'rate-limited',
  'banned',
  'refused',
  'paused',
];

function randomOf(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * count);
  };
}

/** What a listener hears of a row of observations. */
function heardOf(observed: readonly EngineConnection[]): readonly ConnectionState[] {
  const heard: ConnectionState[] = ['DISCONNECTED'];
  for (const each of observed) {
    heard.push(...pathBetween(heard.at(-1) ?? 'DISCONNECTED', stateOfConnection(each)));
  }
  return heard;
}

function expectLegal(heard: readonly ConnectionState[]): void {
  heard.forEach((state, index) => {
    const before = heard[index - 1];
    if (before !== undefined)
      expect([before, state, mayFollow(before, state)]).toEqual([before, state, true]);
  });
}

test('any sequence of what the engine may say never leaves the table of six states [S0-12]', () => {
  expect(connectionStates).toEqual([
    ...['CONNECTING', 'CONNECTED', 'DISCONNECTED', 'RECONNECTING', 'ERROR', 'CLOSED'],
  ]);
  expect(Object.keys(legalTransitions).toSorted()).toEqual([...connectionStates].toSorted());
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = randomOf(seed);
    const observed = Array.from({ length: 100 }, () => ({
      status: statuses[random(statuses.length)] ?? 'closed',
      reason: reasons[random(reasons.length)] ?? null,
    }));
    const heard = heardOf(observed);
    expectLegal(heard);
    expect(heard.at(-1)).toBe(
      stateOfConnection(observed.at(-1) ?? { status: 'closed', reason: null }),
    );
    expect(heard.every((state, index) => state !== heard[index + 1])).toBe(true);
  }
});

test('a real connection under random losses and commands never leaves it either [S0-12]', () => {
  const engine = new EngineOnLinks({ venues: ['bybit'], messagesPerSec: 200 });
  const random = randomOf(7);
  const observed: EngineConnection[] = [];
  const look = (): void => {
    const [connection] = engine.view.health().connections;
    if (connection !== undefined) observed.push(connection);
  };
  const acts: readonly (() => void)[] = [
    () => engine.control({ type: 'reset', venue: 'bybit' }),
    () => engine.control({ type: 'close', venue: 'bybit', code: 1000 }),
    () => {
      engine.control({ type: 'refuse', venue: 'bybit', status: 503, durationMs: 800 });
      engine.control({ type: 'reset', venue: 'bybit' });
    },
    () => engine.control({ type: 'flap', venue: 'bybit', count: 1 }),
    () => engine.shell.command({ type: 'pauseVenue', venue: 'bybit' }),
    () => engine.shell.command({ type: 'resumeVenue', venue: 'bybit' }),
    () => engine.shell.command({ type: 'reconnectVenue', venue: 'bybit' }),
    () => engine.want([]),
    () => engine.want(['BTC-USDT'], []),
  ];
  engine.want(['BTC-USDT'], []);
  for (let step = 0; step < 60; step += 1) {
    engine.run(400 + random(600), look, 5);
    acts[random(acts.length)]?.();
  }
  const heard = heardOf(observed);
  expectLegal(heard);
  expect(new Set(heard)).toEqual(new Set(connectionStates));
  engine.close();
});

test('no state leads to itself, each can be left and reached, and only data makes connected', () => {
  for (const state of connectionStates) {
    expect(legalTransitions[state]).not.toContain(state);
    for (const other of connectionStates) {
      if (other !== state) expect(pathBetween(state, other).at(-1)).toBe(other);
    }
  }
  const before = connectionStates.filter((state) => legalTransitions[state].includes('CONNECTED'));
  expect(before).toEqual(['CONNECTING']);
});

test.each([
  ['CONNECTING', 'connecting', 'disconnected', false],
  ['CONNECTED', 'connected', 'connected', true],
  ['DISCONNECTED', 'disconnected', 'disconnected', false],
  ['RECONNECTING', 'connecting', 'disconnected', false],
  ['ERROR', 'error', 'error', false],
  ['CLOSED', 'disconnected', 'disconnected', false],
] as const)(
  '%s is %s of four, %s of three, and connected: %s [S1-15]',
  (state, four, three, bool) => {
    expect([toFourStates(state), toThreeStates(state), isConnected(state)]).toEqual([
      four,
      three,
      bool,
    ]);
  },
);

test.each([
  ['live', null, 'CONNECTED'],
  ['connecting', null, 'CONNECTING'],
  ['subscribing', null, 'CONNECTING'],
  ['reconnecting', null, 'CONNECTING'],
  ['reconnecting', 'backoff', 'RECONNECTING'],
  ['reconnecting', 'refused', 'ERROR'],
  ['reconnecting', 'banned', 'ERROR'],
  ['reconnecting', 'rate-limited', 'ERROR'],
  ['closed', 'paused', 'CLOSED'],
  ['closed', null, 'DISCONNECTED'],
] as const)("the engine's %s (%s) is %s", (status, reason, state) => {
  expect(stateOfConnection({ status, reason })).toBe(state);
});
