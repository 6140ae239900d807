import { cleanup, render, renderHook } from '@testing-library/react';
import { act } from 'react';
import { afterEach, expect, test } from 'vitest';
import {
  ConnectionRegistryProvider,
  useConnectionRegistry,
} from '../../src/client/react/ConnectionRegistryProvider.tsx';
import { useGaps } from '../../src/client/react/useGaps.ts';
import type {
  OptimizedRealtime,
  OptimizedRealtimeOptions,
} from '../../src/client/react/useOptimizedRealtime.ts';
import { useOptimizedRealtime } from '../../src/client/react/useOptimizedRealtime.ts';
import type { GapUpdate } from '../../src/shared/gateway/wire.ts';
import { VirtualClock } from '../support/virtualClock.ts';
import { createWorld } from './support/renderWithGateway.tsx';

afterEach(cleanup);

class Stream {
  private readonly listeners = new Set<(message: number) => void>();

  readonly source = (listener: (message: number) => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  get listenerCount(): number {
    return this.listeners.size;
  }

  push(from: number, count: number): void {
    for (let message = from; message < from + count; message += 1) {
      for (const listener of this.listeners) listener(message);
    }
  }
}

function showStream(options: Omit<OptimizedRealtimeOptions<number>, 'source' | 'clock'>): {
  readonly stream: Stream;
  readonly clock: VirtualClock;
  readonly view: () => OptimizedRealtime<number>;
  readonly renders: () => number;
  readonly unmount: () => void;
} {
  const stream = new Stream();
  const clock = new VirtualClock();
  let renders = 0;
  const { result, unmount } = renderHook(() => {
    renders += 1;
    return useOptimizedRealtime<number>({ source: stream.source, clock, ...options });
  });
  return { stream, clock, unmount, view: () => result.current, renders: () => renders };
}

function newest(count: number, last: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => last - count + 1 + index);
}

test('a million messages in batches: the newest 100 are kept, all are counted, renders are bounded [S3-25]', async () => {
  const { stream, clock, view, renders, unmount } = showStream({ mode: 'batch' });
  for (let round = 0; round < 1_000; round += 1) {
    await act(async () => {
      stream.push(round * 1_000, 1_000);
      clock.advance(100);
    });
  }
  expect(view()).toEqual({
    messages: newest(100, 999_999),
    latest: 999_999,
    receivedCount: 1_000_000,
    droppedCount: 999_900,
    conflatedCount: 0,
  });
  expect(renders()).toBeLessThanOrEqual(1_001);
  unmount();
  expect([stream.listenerCount, clock.pending]).toEqual([0, 0]);
});

test('a million messages throttled: the last is shown, one render per interval, and the rest is counted [S3-25]', async () => {
  const { stream, clock, view, renders } = showStream({
    ...{ mode: 'throttle', intervalMs: 100, maxMessages: 10 },
  });
  for (let round = 0; round < 100; round += 1) {
    await act(async () => {
      stream.push(round * 10_000, 10_000);
      clock.advance(100);
    });
  }
  await act(async () => clock.advance(100));
  const { latest, messages, receivedCount, conflatedCount, droppedCount } = view();
  expect([latest, messages.length, receivedCount]).toEqual([999_999, 10, 1_000_000]);
  expect(messages.length + conflatedCount + droppedCount).toBe(1_000_000);
  expect(renders()).toBeLessThanOrEqual(203);
});

test('a registry ends all of its connections with its provider, and needs one [S3-19]', () => {
  const open = new Set<string>();
  const connect = (kind: string) => () => {
    open.add(kind);
    return { kind, close: () => void open.delete(kind) };
  };
  function Page() {
    const registry = useConnectionRegistry();
    if (registry.names().length === 0) {
      registry.create('prices', connect('ws 1'));
      registry.create('alerts', connect('sse'));
      registry.create('prices', connect('ws 2'));
    }
    return <p>{registry.names().join(' ')}</p>;
  }
  const { container, unmount } = render(
    <ConnectionRegistryProvider>
      <Page />
    </ConnectionRegistryProvider>,
  );
  expect([container.textContent, [...open].toSorted()]).toEqual(['alerts prices', ['sse', 'ws 2']]);
  unmount();
  expect([...open]).toEqual([]);
  expect(() => render(<Page />)).toThrow('Put <ConnectionRegistryProvider> around');
});

function gapUpdate(id: number, symbol: string, to: number | null): GapUpdate {
  return {
    ...{ type: 'gap_update', channel: 'gaps', symbol, epoch: 'e', seq: id, source: 'simulated' },
    time: 1_000,
    gap: {
      ...{ id, venue: 'okx', stream: 'trade', cause: 'disconnect', from: 500, to },
      ...{ firstId: null, lastId: null, missing: 3, repairedBy: to === null ? null : 'rest' },
    },
  };
}

test('gaps of a market are listed once each, in their newest version, and never more than 100', async () => {
  const world = createWorld();
  const shown: (readonly GapUpdate[])[] = [];
  function Probe() {
    shown.push(useGaps('BTC-USDT'));
    return null;
  }
  await world.show(<Probe />);
  await world.push(gapUpdate(1, 'BTC-USDT', null), gapUpdate(2, 'ETH-USDT', null));
  await world.push({ ...gapUpdate(1, 'BTC-USDT', 900), seq: 3 });
  expect(shown.at(-1)?.map(({ gap }) => [gap.id, gap.to, gap.repairedBy])).toEqual([
    [1, 900, 'rest'],
  ]);
  for (let id = 4; id < 250; id += 1) await world.push(gapUpdate(id, 'BTC-USDT', null));
  expect([shown.at(-1)?.length, shown.at(-1)?.at(-1)?.gap.id]).toEqual([100, 249]);
});
