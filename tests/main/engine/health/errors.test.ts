import { expect, test } from 'vitest';
import type { FeedError } from '../../../../src/shared/feedHealth.ts';
import type { ControlCommand } from '../../../../src/simulator/simulator.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

const faults: readonly (readonly [FeedError['type'], ControlCommand])[] = [
  ['connection', { type: 'reset', venue: 'okx' }],
  [
    'server',
    {
      type: 'refuse',
      venue: 'okx',
      what: 'request',
      status: 500,
      path: 'time',
      durationMs: 40_000,
    },
  ],
  ['parse', { type: 'corruptFrame', venue: 'okx', kind: 'trade', form: 'malformed', count: 1 }],
  ['subscription', { type: 'rejectTopic', venue: 'okx', market: 'ETH-USDT', count: 1 }],
];

test.each(faults)(
  'a %s error is told with venue, code, time and what happens next [S0-11] [S0-31]',
  (type, command) => {
    const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 200 });
    engine.want(['BTC-USDT']);
    engine.run(5_000);
    expect(engine.view.health().errors).toEqual([]);
    const begun = engine.view.time;
    engine.control(command);
    if (type === 'subscription') engine.want(['BTC-USDT', 'ETH-USDT']);
    engine.run(35_000);
    const { errors, streams, decodeErrorsTotal } = engine.view.health();
    const own = errors.filter((error) => error.type === type);
    expect(own.length).toBeGreaterThan(0);
    for (const error of own) {
      expect(error.venue).toBe('okx');
      expect(error.code).not.toBe('');
      expect(error.time).toBeGreaterThanOrEqual(begun);
      expect(error.message).toMatch(/^[A-Z].{20,}\.$/);
      expect(error.message).toMatch(/by itself|again|left out|next try/i);
    }
    if (type === 'parse') {
      expect([errors.length, decodeErrorsTotal]).toEqual([1, 1]);
      const trade = streams.find(({ channel }) => channel === 'trade');
      expect(trade?.status).toBe('live');
      expect(trade?.lastReceivedTime).toBeGreaterThan(engine.view.time - 5_000);
    }
    engine.close();
  },
);
