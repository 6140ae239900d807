import { expect, test } from 'vitest';
import { FrameQueue } from '../../../../src/main/engine/shell/frameQueue.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

function setUp() {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const limits = {
    ...createVenue('okx').limits,
    framesPerConnection: { count: 4, windowMs: 1_000 },
    subscriptionOpsPerConnection: { count: 2, windowMs: 3_600_000 },
  };
  const queue = new FrameQueue(limits, createClockPort(clock), (text) => sent.push(text));
  return { clock, sent, queue };
}

test('a heartbeat does not wait behind subscriptions whose hour is used up', () => {
  const { clock, sent, queue } = setUp();
  for (const text of ['a', 'b', 'c']) queue.add(text, 'subscription');
  clock.advance(10_000);
  queue.add('ping', 'heartbeat');
  expect(sent).toEqual(['a', 'b', 'ping']);
  clock.advance(3_600_000);
  expect(sent).toEqual(['a', 'b', 'ping', 'c']);
  queue.close();
});

test('a heartbeat overtakes waiting subscriptions and still keeps to the frames of a second', () => {
  const { clock, sent, queue } = setUp();
  queue.add('a', 'subscription');
  queue.countPong();
  queue.countPong();
  queue.add('b', 'subscription');
  queue.add('ping', 'heartbeat');
  expect(sent).toEqual(['a']);
  clock.advance(999);
  expect(sent).toEqual(['a']);
  clock.advance(1);
  expect(sent).toEqual(['a', 'ping', 'b']);
  queue.close();
});
