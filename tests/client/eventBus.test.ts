import { expect, test } from 'vitest';
import type { EventBusProblem } from '../../src/client/eventBus.ts';
import { EventBus } from '../../src/client/eventBus.ts';
import { createEventId } from '../../src/client/realtimeEvent.ts';

function publishCounted(bus: EventBus, name: string, from: number, to: number): void {
  for (let count = from; count <= to; count += 1) {
    bus.publish(name, { type: 'count', payload: count, source: 'test' });
  }
}

test('history of 100, the last 10 replayed, unknown channels refused and counted [S3-03]', () => {
  const problems: EventBusProblem[] = [];
  const bus = new EventBus({ wallMs: () => 5, onProblem: (problem) => problems.push(problem) });
  bus.createChannel('counts');
  publishCounted(bus, 'counts', 1, 100);
  expect(bus.history('counts')[0]?.payload).toBe(1);
  publishCounted(bus, 'counts', 101, 101);
  expect(bus.history('counts').map(({ payload }) => payload)).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 2),
  );

  const heard: unknown[] = [];
  const leave = bus.subscribe('counts', ({ payload }) => heard.push(payload));
  expect(heard).toEqual([92, 93, 94, 95, 96, 97, 98, 99, 100, 101]);
  publishCounted(bus, 'counts', 102, 102);
  expect(heard.at(-1)).toBe(102);
  leave();
  leave();
  publishCounted(bus, 'counts', 103, 103);
  expect([heard.at(-1), bus.listenerCount('counts')]).toEqual([102, 0]);

  bus.createChannel('few', 3);
  publishCounted(bus, 'few', 1, 9);
  expect(bus.history('few').map(({ payload }) => payload)).toEqual([7, 8, 9]);

  expect(() => bus.subscribe('other', () => undefined)).toThrow('There is no channel "other"');
  expect(bus.publish('other', { type: 'count', payload: 1, source: 'test' })).toBeNull();
  expect([bus.droppedUnknownChannel, problems]).toEqual([
    1,
    [{ channel: 'other', message: 'Published to a channel that is not.' }],
  ]);
});

test('an event has a version 4 UUID, its type, payload, time, source and target [S3-02]', () => {
  const bus = new EventBus({ wallMs: () => 1_700_000_000_000 });
  bus.createChannel('desk', 3);
  const event = bus.publish('desk', { type: 'note', payload: { a: 1 }, source: 'x', target: 'y' });
  expect(event).toEqual({
    id: expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    type: 'note',
    payload: { a: 1 },
    timestamp: 1_700_000_000_000,
    source: 'x',
    target: 'y',
  });
  const untargeted = bus.publish('desk', { type: 'note', payload: null, source: 'x' });
  expect(Object.keys(untargeted ?? {}).toSorted()).toEqual([
    ...['id', 'payload', 'source', 'timestamp', 'type'],
  ]);
  expect(new Set(Array.from({ length: 10_000 }, createEventId)).size).toBe(10_000);
});

test('all listeners hear the same order, also of what listeners publish and while one replays', () => {
  const bus = new EventBus();
  bus.createChannel('counts');
  const first: unknown[] = [];
  const second: unknown[] = [];
  bus.subscribe('counts', ({ payload }) => {
    first.push(payload);
    if (payload === 1) publishCounted(bus, 'counts', 2, 3);
  });
  bus.subscribe('counts', ({ payload }) => second.push(payload));
  publishCounted(bus, 'counts', 1, 1);
  expect([first, second]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  const late: unknown[] = [];
  bus.subscribe('counts', ({ payload }) => {
    late.push(payload);
    if (payload === 1) publishCounted(bus, 'counts', 4, 4);
  });
  expect([late, first, second]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
});

test('a listener that throws is counted and keeps nothing from the others', () => {
  const problems: EventBusProblem[] = [];
  const bus = new EventBus({ onProblem: (problem) => problems.push(problem) });
  bus.createChannel('counts');
  const heard: unknown[] = [];
  const cause = new Error('broken');
  bus.subscribe('counts', () => {
    throw cause;
  });
  bus.subscribe('counts', ({ payload }) => heard.push(payload));
  publishCounted(bus, 'counts', 1, 2);
  expect([heard, bus.listenerErrors, problems[0]]).toEqual([
    [1, 2],
    2,
    { channel: 'counts', message: 'A listener threw.', cause },
  ]);
  bus.close();
  bus.close();
  expect(bus.publish('counts', { type: 'count', payload: 3, source: 'test' })).toBeNull();
});
