import { expect, test } from 'vitest';
import { planSource } from '../../../../src/main/engine/hosting/sourceChoice.ts';

const first = { flag: null, saved: null, sawLiveData: false, canSimulate: true } as const;

test.each([
  [first, 'live', 'probing', true],
  [{ ...first, sawLiveData: true }, 'live', 'live', false],
  [{ ...first, canSimulate: false }, 'live', 'live', false],
  [{ ...first, saved: 'live' }, 'live', 'live', false],
  [{ ...first, saved: 'simulated' }, 'simulated', 'chosen', false],
  [{ ...first, saved: 'simulated', flag: 'live' }, 'live', 'live', false],
  [{ ...first, flag: 'simulated' }, 'simulated', 'chosen', false],
] as const)('a start with %o shows %s', (options, market, reason, mayFallBack) => {
  expect(planSource(options)).toEqual({ market, reason, mayFallBack });
});
