import { expect, test } from 'vitest';
import { killRecorder } from '../../../support/killRecorder.ts';

// Real processes and a real disk: a kill has no virtual form. `npm run chaos:kill` does it by the hundred.
test('[S01] ten programs killed while they record lose at most their last second', async () => {
  let longest = 0;
  for (let kill = 0; kill < 10; kill += 1) {
    const result = await killRecorder(120 + ((kill * 389) % 1_000), 20_000);
    expect(result.problems, `kill ${kill}`).toEqual([]);
    longest = Math.max(longest, result.lostMs - result.stoodMs);
  }
  expect(longest).toBeLessThanOrEqual(1_000);
});
