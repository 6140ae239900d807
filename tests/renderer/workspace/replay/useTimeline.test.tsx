import { act, cleanup, render } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { MarketStoreContext } from '../../../../src/renderer/store/hooks.ts';
import { useReplay } from '../../../../src/renderer/workspace/replay/useReplay.ts';
import { useTimeline } from '../../../../src/renderer/workspace/replay/useTimeline.ts';
import type { ReplayState } from '../../../../src/shared/replay.ts';
import { installPageStubs, run } from '../../support/panelPage.tsx';
import { ReplayPage, endTime, startTime } from './replayPage.tsx';

beforeAll(installPageStubs);
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const bucketMs = (endTime - startTime) / 100;

/** A host that has counted the first `counted` of a hundred buckets. */
async function open() {
  const host = { counted: 0, asked: 0 };
  const page: ReplayPage = ReplayPage.open({}, ({ type }) => {
    if (type !== 'loadTimeline') return undefined;
    host.asked += 1;
    const buckets = Array.from({ length: 100 }, (_, index) => ({
      time: startTime + index * bucketMs,
      messages: index < host.counted ? 10 : null,
      price: index < host.counted ? 100 : null,
    }));
    const value = { session: 'morning', startTime, endTime, buckets, gaps: [] };
    return { ok: true, value };
  });
  function Counted({ replay }: { readonly replay: ReplayState }) {
    const { timeline } = useTimeline(replay, 'BTC-USDT');
    return timeline?.buckets.filter(({ messages }) => messages !== null).length ?? 0;
  }
  function Bar() {
    const replay = useReplay();
    return replay === null ? null : <Counted replay={replay} />;
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { container } = render(
    <MarketStoreContext value={page.store}>
      <Bar />
    </MarketStoreContext>,
  );
  await run(page, 600);
  const wait = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      act(() => {
        vi.advanceTimersByTime(1000);
      });
      await run(page, 20);
    }
  };
  return { host, page, wait, shown: () => Number(container.textContent) };
}

test('a timeline that the host still makes fills by itself, and is then asked for no more', async () => {
  const { host, wait, shown } = await open();
  expect(shown()).toBe(0);
  for (const counted of [20, 60, 100]) {
    host.counted = counted;
    await wait(4000);
    expect(shown()).toBe(counted);
  }
  const { asked } = host;
  await wait(30_000);
  expect(host.asked).toBe(asked);
});

test('one that brings nothing more is left alone until the marks tell that it has ended', async () => {
  const { host, page, wait, shown } = await open();
  await wait(60_000);
  const { asked } = host;
  await wait(30_000);
  expect(host.asked).toBe(asked);
  host.counted = 100;
  page.host.session.hostChanged('marks');
  await run(page, 600);
  expect(shown()).toBe(100);
});
