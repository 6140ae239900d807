import { expect, test } from 'vitest';
import { EngineTime } from '../../../../src/main/gateway/hub/engineTime.ts';
import type { Publication } from '../../../../src/main/gateway/hub/marketFeed.ts';
import { priceValue } from '../../../support/fakeMarketFeed.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

function setUp() {
  const clock = new VirtualClock();
  const time = new EngineTime({
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => 5,
    after: (delayMs, run) => clock.after(delayMs, run),
  });
  const note = (at: number, changes: Partial<Publication> = {}): void =>
    time.note(
      {
        ...{ channel: 'price.BTC-USDT', type: 'state', epoch: 'e', seq: 1, source: 'live' },
        value: { kind: 'price', price: priceValue('BTC-USDT', 1, at) },
        ...{ time: at, ...changes },
      },
      clock.monotonicMs(),
    );
  return { clock, time, note };
}

test('the clock of the engine goes on between what it publishes', () => {
  const { clock, time, note } = setUp();
  expect(time.now()).toBe(5);
  note(1_000_000);
  clock.advance(300);
  expect(time.now()).toBe(1_000_300);
});

test('what was kept somewhere before it came does not set the clock back', () => {
  const { clock, time, note } = setUp();
  note(1_000_000);
  note(900_000);
  note(700_000, { isPast: true });
  expect(time.now()).toBe(1_000_000);
  clock.advance(61_000);
  note(960_000);
  expect(time.now()).toBe(960_000);
});

test('the clock of a recording jumps as the recording does', () => {
  const { time, note } = setUp();
  note(1_000_000, { source: 'replay:x' });
  note(500_000, { source: 'replay:x' });
  expect(time.now()).toBe(500_000);
  time.forget();
  expect(time.now()).toBe(5);
});
