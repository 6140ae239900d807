import { expect, test } from 'vitest';
import { priceConnections } from '../../src/shared/feedHealth.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';

test('a lost socket of candles alone does not speak for the venue', () => {
  const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 200 });
  engine.want(['BTC-USDT'], ['BTC-USDT'], [{ market: 'BTC-USDT', venue: 'okx', interval: '1m' }]);
  engine.run(5_000);
  const { connections, streams } = engine.view.health();
  expect(connections.map(({ connection }) => connection)).toEqual(['okx#1', 'okx-business#1']);
  const names = (): readonly string[] =>
    priceConnections(connections, streams).map(({ connection }) => connection);
  expect(names()).toEqual(['okx#1']);
  const candles = streams.filter(({ channel }) => channel === 'candle');
  expect(priceConnections(connections, candles).length).toBe(1);
  expect(priceConnections(connections, [])).toEqual(connections);
  engine.close();
});
