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
  queue.add('beat', 'heartbeat');
  queue.add('beat', 'heartbeat');
  queue.add('b', 'subscription');
  queue.add('ping', 'heartbeat');
  expect(sent).toEqual(['a', 'beat', 'beat']);
  clock.advance(999);
  expect(sent).toEqual(['a', 'beat', 'beat']);
  clock.advance(1);
  expect(sent).toEqual(['a', 'beat', 'beat', 'ping', 'b']);
  queue.close();
});

test('[N12] a ping is answered at once, in a flood the newest one a second, and subscriptions go on meanwhile', () => {
  const { clock, sent, queue } = setUp();
  for (let ping = 0; ping < 50; ping += 1) {
    queue.answerPing(() => sent.push(`pong ${ping}`));
    if (ping === 20) queue.add('a', 'subscription');
    if (ping === 0) expect(sent).toEqual(['pong 0']);
    clock.advance(50);
  }
  expect(sent).toEqual(['pong 0', 'pong 19', 'a', 'pong 39']);
  clock.advance(1_000);
  expect(sent.at(-1)).toBe('pong 49');
  clock.advance(1_000);
  queue.answerPing(() => sent.push('pong 50'));
  queue.answerPing(() => sent.push('never'));
  queue.close();
  clock.advance(5_000);
  expect(sent.at(-1)).toBe('pong 50');
});
