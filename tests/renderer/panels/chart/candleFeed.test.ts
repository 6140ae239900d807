import { expect, test } from 'vitest';
import { CandleFeed } from '../../../../src/renderer/panels/chart/candleFeed.ts';
import { HistoryPager } from '../../../../src/renderer/panels/chart/historyPager.ts';
import {
  createSlots,
  logicalOf,
  longestHole,
} from '../../../../src/renderer/panels/chart/timeline.ts';
import { candle, minute, RecordingSink, start } from './chartBuilders.ts';

test('missing bars are empty bars, so that a hole keeps its width', () => {
  const slots = createSlots([candle(5), candle(0), candle(1)], minute);
  expect(slots.map((slot) => [(slot.time - start) / minute, slot.candle !== null])).toEqual([
    [0, true],
    [1, true],
    [2, false],
    [3, false],
    [4, false],
    [5, true],
  ]);
});

test('a hole of months is drawn at the greatest width and does not fill the memory', () => {
  expect(createSlots([candle(0), candle(1_000_000)], minute)).toHaveLength(longestHole + 2);
});

test('a moment lies where its part of the bar is, also within and beyond the bars', () => {
  const slots = createSlots([candle(0), candle(3)], minute);
  const at = (minutes: number) => logicalOf(slots, start + minutes * minute, minute);
  expect([at(0), at(0.5), at(2), at(3.25), at(9), at(-2)]).toEqual([-0.5, 0, 1.5, 2.75, 8.5, -2.5]);
  expect(logicalOf([], start, minute)).toBeNull();
});

test('a thousand live updates touch one bar each and never replace the data', () => {
  const sink = new RecordingSink();
  const feed = new CandleFeed(sink, minute);
  feed.addPage([candle(0), candle(1, { closed: false })]);
  const closed = [];
  for (let index = 0; index < 1000; index++) {
    // Every tenth update closes the bar and opens the next one.
    const bar = 1 + Math.floor(index / 10);
    if (index % 10 === 0 && bar > 1) closed.push(candle(bar - 1, { close: 200 }));
    const latest = candle(bar, { closed: false, close: 100 + index / 1000 });
    feed.applyLive({ latest, closed: [...closed] });
  }
  expect(sink.replaced).toBe(1);
  expect(sink.updated).toBe(1000 + closed.length);
  expect(sink.bars.size).toBe(101);
  expect(sink.bars.get(start + 99 * minute)?.close).toBe(200);
  expect(feed.newest?.close).toBe(100.999);
});

test('live candles that came before the first page are not lost to it', () => {
  const sink = new RecordingSink();
  const feed = new CandleFeed(sink, minute);
  const live = {
    latest: candle(3, { closed: false }),
    closed: [candle(1), candle(2, { close: 7 })],
  };
  feed.applyLive(live);
  expect(sink.bars.size).toBe(0);
  feed.addPage([candle(0), candle(1), candle(2, { closed: false, close: 5 })]);
  feed.applyLive(live);
  expect([...sink.bars.values()].map((bar) => bar?.close)).toEqual([101, 101, 7, 101]);
});

test("the venue's closed candle replaces ours, and a closed one never opens again", () => {
  const sink = new RecordingSink();
  const feed = new CandleFeed(sink, minute);
  feed.addPage([candle(0), candle(1, { closed: false, close: 5 })]);
  const ours = candle(1, { close: 6, origin: 'trades' });
  feed.applyLive({ latest: candle(2, { closed: false }), closed: [ours] });
  const theirs = candle(1, { close: 7 });
  feed.applyLive({ latest: candle(2, { closed: false }), closed: [theirs] });
  expect(sink.bars.get(start + minute)).toBe(theirs);
  feed.applyLive({ latest: candle(1, { closed: false, close: 9 }), closed: [theirs] });
  expect(sink.bars.get(start + minute)).toBe(theirs);
});

test('a bar that was half built when the window was hidden is the closed one of the page afterwards', () => {
  const sink = new RecordingSink();
  const feed = new CandleFeed(sink, minute);
  feed.addPage([candle(0), candle(1, { closed: false, close: 5 })]);
  feed.applyLive({ latest: candle(1, { closed: false, close: 6 }), closed: [] });
  // The page's own open bar is older than the live one.
  const live = candle(3, { closed: false, close: 9 });
  feed.applyLive({ latest: live, closed: [] });
  feed.addPage([candle(1, { close: 7 }), candle(2), candle(3, { closed: false, close: 8 })]);
  feed.applyLive({ latest: live, closed: [] });
  expect([...sink.bars.values()].map((bar) => bar?.close)).toEqual([101, 7, 101, 9]);
});

test('a bar built since the middle of its interval gives way to the one that the venue closed', () => {
  const join = (whole: boolean) => {
    const sink = new RecordingSink();
    const feed = new CandleFeed(sink, minute);
    const built = (index: number) => candle(index, { origin: 'trades', close: 900 });
    const latest = candle(4, { closed: false, close: 104 });
    const closed = [built(1), built(2), built(3)];
    // The page was made before the third bar had closed.
    feed.addPage([candle(0), candle(1), candle(2), candle(4, { closed: false })], whole);
    feed.applyLive({ latest, closed });
    const joined = [...sink.bars.values()].map((bar) => bar?.close);
    // What comes after it is a correction, and no seam.
    feed.applyLive({ latest, closed: [candle(1, { origin: 'trades', close: 800 })] });
    return [...joined, sink.bars.get(start + minute)?.close];
  };
  expect(join(true)).toEqual([101, 101, 101, 900, 104, 800]);
  // Without some of the venues only the first one, which began before anyone listened.
  expect(join(false)).toEqual([101, 101, 900, 900, 104, 800]);
});

test('a page that is loaded again mends what was built here', () => {
  const feed = new CandleFeed(new RecordingSink(), minute);
  feed.addPage([candle(0)]);
  const ours = candle(1, { origin: 'consolidated', close: 900 });
  feed.applyLive({ latest: candle(2, { closed: false, close: 7 }), closed: [ours] });
  feed.addPage([candle(0), candle(1)], false);
  expect(feed.slots.map((slot) => slot.candle?.close)).toEqual([101, 900, 7]);
  feed.addPage([candle(0), candle(1)]);
  expect(feed.slots.map((slot) => slot.candle?.close)).toEqual([101, 101, 7]);
});

test('a half built bar that no page knows any more leaves a hole, not its last value', () => {
  const feed = new CandleFeed(new RecordingSink(), minute);
  feed.addPage([candle(0), candle(1, { closed: false, close: 5 })]);
  feed.addPage([candle(3), candle(4, { closed: false })]);
  expect(feed.slots.map((slot) => slot.candle?.close ?? null)).toEqual([101, null, null, 101, 101]);
});

test('a correction of an older closed candle is drawn, and only that one', () => {
  const sink = new RecordingSink();
  const feed = new CandleFeed(sink, minute);
  feed.addPage([candle(0)]);
  const latest = candle(4, { closed: false });
  const [first, second, third] = [candle(1), candle(2), candle(3)];
  feed.applyLive({ latest, closed: [first, second, third] });
  const before = sink.updated;
  const corrected = candle(1, { close: 7 });
  feed.applyLive({ latest, closed: [corrected, second, third] });
  expect(sink.bars.get(start + minute)).toBe(corrected);
  expect(sink.updated).toBe(before + 1);
});

test('a live candle after a pause leaves a hole between, not a bridge', () => {
  const sink = new RecordingSink();
  const feed = new CandleFeed(sink, minute);
  feed.addPage([candle(0)]);
  feed.applyLive({ latest: candle(4, { closed: false }), closed: [] });
  expect([...sink.bars.values()].map((bar) => bar !== null)).toEqual([
    true,
    false,
    false,
    false,
    true,
  ]);
});

test('an older page goes before what is there, and the hole between them stays', () => {
  const sink = new RecordingSink();
  const feed = new CandleFeed(sink, minute);
  feed.addPage([candle(10), candle(11, { closed: false })]);
  feed.applyLive({ latest: candle(11, { closed: false, close: 42 }), closed: [] });
  feed.addPage([candle(7), candle(8)]);
  expect(sink.replaced).toBe(2);
  expect(feed.slots.map((slot) => slot.candle?.close ?? null)).toEqual([101, 101, null, 101, 42]);
  expect(feed.oldestTime).toBe(start + 7 * minute);
});

test('a chart that is open for days lets its oldest bars go', () => {
  const sink = new RecordingSink();
  sink.update = () => undefined;
  const feed = new CandleFeed(sink, minute);
  feed.addPage([candle(0)]);
  for (let index = 1; index < 31_000; index++) {
    feed.applyLive({ latest: candle(index), closed: [] });
  }
  expect(feed.slots.length).toBeLessThanOrEqual(30_000);
  expect(sink.replaced).toBe(2);
});

test('scrolling left asks for one page at a time, and for none after the last', () => {
  const pager = new HistoryPager();
  expect(pager.wantsPage(400, start, 0)).toBe(false);
  expect(pager.wantsPage(12, null, 0)).toBe(false);
  expect(pager.wantsPage(12, start, 0)).toBe(true);
  pager.started();
  expect(pager.wantsPage(5, start, 10)).toBe(false);
  pager.finished('failed', 100);
  expect([pager.wantsPage(5, start, 101), pager.wantsPage(5, start, 5_200)]).toEqual([false, true]);
  pager.started();
  pager.finished('complete', 6_000);
  expect(pager.wantsPage(-40, start, 99_000)).toBe(false);
});
