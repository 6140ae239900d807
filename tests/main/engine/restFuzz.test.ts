import { expect, test } from 'vitest';
import { mutateFrame, seededRandom } from '../../support/mutateFrame.ts';
import { collectAnswers, fuzzAnswers, runWithBodies } from '../../support/restFuzz.ts';

test('a broken REST answer is refused with a reason, and what is accepted can be used', () => {
  const { accepted, rejected } = fuzzAnswers(collectAnswers(), 8_000, 3);
  const refused = [...rejected.values()].reduce((sum, count) => sum + count, 0);
  expect(accepted + refused).toBe(8_000);
  expect(refused).toBeGreaterThan(2_000);
  expect([...rejected.keys()]).not.toContain('');
});

test('an engine whose REST answers are broken goes on, and is whole once they are not', () => {
  const random = seededRandom(9);
  let broken = 0;
  let isBreaking = true;
  const engine = runWithBodies(60, (_venue, body) => {
    if (!isBreaking || random() < 0.3) return body;
    broken += 1;
    return mutateFrame(body, random);
  });
  isBreaking = false;
  engine.run(60_000);
  expect(broken).toBeGreaterThan(50);
  const { streams, errors } = engine.view.health();
  expect(streams.filter(({ status }) => status !== 'live' && status !== 'quiet')).toEqual([]);
  expect(errors.length).toBeGreaterThan(0);
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  engine.close();
});
