import { expect, test } from 'vitest';
import { CoreContext } from '../../../../src/main/engine/coreContext.ts';
import { Connection } from '../../../../src/main/engine/feed/connection.ts';
import type { ConnectionOwner } from '../../../../src/main/engine/feed/connectionOwner.ts';
import type { CoreEffect } from '../../../../src/main/engine/inputs.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';

const topic = 'trades:BTC-USDT';

/** A connection whose first socket was asked for at 0 ms, and what became of its sockets. */
function connecting() {
  const context = new CoreContext(() => undefined);
  const sockets: string[] = [];
  const ignore = (): void => undefined;
  const owner: ConnectionOwner<Connection> = {
    ...{ onLost: ignore, onSubscribing: ignore, onSubscribed: ignore, onRejected: ignore },
    ...{ onUnanswered: ignore, onStatus: ignore, onTakenOver: ignore, onUncovered: ignore },
    onDoubt: ignore,
  };
  const note = (effect: CoreEffect): void => {
    if (effect.type === 'connect') sockets.push(`connect ${effect.generation}`);
    if (effect.type === 'terminate') sockets.push(`${effect.reason} ${effect.generation}`);
    if (effect.type === 'scheduleAttempt') sockets.push('schedule');
  };
  const definition = { name: 'okx#1', route: 'public', path: '/ws/v5/public' };
  const connection = new Connection(createVenue('okx'), definition, owner);
  const at = (ms: number): void =>
    context.begin({ type: 'tick', receivedTime: ms, monotonicMs: ms }, note);
  at(0);
  connection.want(topic, context);
  connection.connect(context);
  return { context, connection, sockets, at };
}

/** The first socket is live and the second one open. */
function handingOver() {
  const opened = connecting();
  const { context, connection } = opened;
  connection.onOpened(1, context);
  if (connection.active !== null) connection.onData(connection.active, topic, context);
  connection.rotate('shutdown notice', context);
  connection.connect(context);
  connection.onOpened(2, context);
  return opened;
}

test('a handshake without answer ends after 15 s, and another attempt is asked for', () => {
  const { context, connection, sockets } = connecting();
  const dueMs = context.deadlines.dueOf('handshake', 'okx', 'okx#1');
  connection.onHandshakeDue(context);
  expect([dueMs, sockets]).toEqual([
    15_000,
    ['schedule', 'connect 1', 'handshake timeout 1', 'schedule'],
  ]);
  expect([connection.active, connection.status]).toEqual([null, 'reconnecting']);
});

test('the old socket of a handover is ended once it has nothing more to say of what the new one carries', () => {
  const { context, connection, sockets, at } = handingOver();
  if (connection.successor !== null) connection.onData(connection.successor, topic, context);
  at(2_999);
  connection.onHandoverDue(context);
  expect([connection.active?.generation, connection.successor?.generation]).toEqual([1, 2]);
  at(3_000);
  connection.onHandoverDue(context);
  expect([connection.active?.generation, connection.successor]).toEqual([2, null]);
  expect(sockets.slice(2)).toEqual(['schedule', 'connect 2', 'handed over 1']);
});

test('a new socket that carries nothing in time is ended, and the old one stays', () => {
  const { context, connection, sockets, at } = handingOver();
  at(20_000);
  connection.onHandoverDue(context);
  expect([connection.active?.generation, connection.status]).toEqual([1, 'live']);
  expect(sockets.slice(2)).toEqual(['schedule', 'connect 2', 'carried no data in time 2']);
  expect(context.deadlines.dueOf('age', 'okx', 'okx#1')).toBe(25_000);
});
