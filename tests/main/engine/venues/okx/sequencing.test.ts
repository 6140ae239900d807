import { expect, test } from 'vitest';
import { sequencing } from '../../../../../src/main/engine/venues/okx/sequencing.ts';
import { EngineOnLinks } from '../../../../support/engineOnLinks.ts';
import { bookDifference } from '../../../../support/oracleChecks.ts';

test('an update without ids continues only a book that never had any', () => {
  const without = { first: null, last: -1, previous: null };
  expect(sequencing.check(-1, without, false)).toBe('apply');
  expect(sequencing.check(70, without, false)).toBe('gap');
  expect(sequencing.check(70, { first: null, last: 71, previous: null }, false)).toBe('gap');
});

test('a book message that lost its id costs a resync, never an unknown state', () => {
  const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 200 });
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  for (const field of ['seqId', 'prevSeqId']) {
    engine.control({ type: 'corruptFrame', venue: 'okx', form: 'missing', field, kind: 'diff' });
    engine.run(5_000, () => {
      expect(bookDifference(engine.view, engine.simulator, 'okx', 'BTC-USDT', 20)).toBeNull();
    });
  }
  expect(engine.view.health().resyncsTotal).toBeGreaterThan(0);
  engine.close();
});
