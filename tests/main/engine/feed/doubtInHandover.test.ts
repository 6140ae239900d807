import { expect, test } from 'vitest';
import { CoreContext } from '../../../../src/main/engine/coreContext.ts';
import { Connection } from '../../../../src/main/engine/feed/connection.ts';
import type { ConnectionOwner } from '../../../../src/main/engine/feed/connectionOwner.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';

const topic = 'trades:BTC-USDT';

/** A connection in the middle of a handover whose sockets are doubted at 1,000 ms, and what its owner heard of that. */
function doubtedHandover() {
  const context = new CoreContext(() => undefined);
  const doubts: boolean[] = [];
  const ignore = (): void => undefined;
  const owner: ConnectionOwner<Connection> = {
    ...{ onLost: ignore, onSubscribing: ignore, onSubscribed: ignore, onRejected: ignore },
    ...{ onUnanswered: ignore, onStatus: ignore, onTakenOver: ignore, onUncovered: ignore },
    onDoubt: (_connection, isDoubted) => doubts.push(isDoubted),
  };
  const definition = { name: 'okx#1', route: 'public', path: '/ws/v5/public' };
  const connection = new Connection(createVenue('okx'), definition, owner);
  const at = (ms: number): void =>
    context.begin({ type: 'tick', receivedTime: ms, monotonicMs: ms }, ignore);
  at(0);
  connection.want(topic, context);
  connection.connect(context);
  connection.onOpened(1, context);
  if (connection.active !== null) connection.onData(connection.active, topic, context);
  connection.rotate('shutdown notice', context);
  connection.connect(context);
  connection.onOpened(2, context);
  at(1_000);
  connection.doubt(context.nowMs);
  return { context, connection, doubts, at };
}

test('a new socket that has proven that it lives ends the doubt of its topics when the old one dies', () => {
  const { context, connection, doubts, at } = doubtedHandover();
  at(1_600);
  if (connection.successor !== null) connection.onFrame(connection.successor, 10, context);
  expect(doubts).toEqual([true]);
  connection.onClosed(1, 1006, '', context);
  expect([connection.active?.generation, doubts]).toEqual([2, [true, false]]);
});

test('a new socket that is doubted itself ends the doubt with its own first frame', () => {
  const { context, connection, doubts, at } = doubtedHandover();
  at(1_600);
  connection.onClosed(1, 1006, '', context);
  expect(doubts).toEqual([true]);
  if (connection.active !== null) connection.onFrame(connection.active, 10, context);
  expect(doubts).toEqual([true, false]);
});
