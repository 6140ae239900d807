import { afterEach, beforeEach, expect, test } from 'vitest';
import { fitWords, forgetTextWidths } from '../../../../src/renderer/canvas/fonts.ts';
import { writeSize } from '../../../../src/renderer/panels/tape/paintTape.ts';
import { TapeRate } from '../../../../src/renderer/panels/tape/tapeRate.ts';
import type { TapeFrame } from '../../../../src/renderer/panels/tape/TapeView.ts';
import { describeTape, describeTapeGaps } from '../../../../src/renderer/panels/tape/TapeView.ts';
import { describeGap } from '../../../../src/renderer/panels/tape/gapRows.ts';
import { CanvasStub } from '../../canvas/canvasStub.ts';
import { gap, now, trade } from './tapeBuilders.ts';

let canvas: CanvasStub;

beforeEach(() => {
  canvas = new CanvasStub({ width: 248, height: 400 });
  forgetTextWidths();
});

afterEach(() => canvas.close());

function fit(text: string, room: number): string {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) throw new Error('there is no canvas');
  return fitWords(context, text, 'any', room);
}

test('words that do not fit lose their last part or end in an ellipsis, and are never squeezed', () => {
  const words = '3 trades missing, 51884 to 51886';
  expect(fit(words, 7 * words.length)).toBe(words);
  expect(fit(words, 7 * 20)).toBe('3 trades missing');
  expect(fit(words, 7 * 10)).toBe('3 trades…');
  expect(fit('The engine has said nothing', 7 * 12)).toBe('The engine…');
});

const frame: TapeFrame = {
  state: 'rows',
  paused: false,
  fresh: 0,
  large: null,
  painted: [
    { entry: { type: 'trade', trade: trade(2, now, { outlier: true }) }, top: 0 },
    { entry: { type: 'gap', gap: gap() }, top: 18 },
    { entry: { type: 'trade', trade: trade(1, now - 900) }, top: 56 },
  ],
  open: [describeGap(gap({ id: 2, venue: 'bybit', cause: 'stale', to: null }))],
  sizeDecimals: 4,
  appended: 2,
};

test('[D15] an outlier print is told as one, beside what is missing', () => {
  expect(describeTape(frame).map(({ ordinal, outlier }) => [ordinal, outlier])).toEqual([
    [2, true],
    [1, false],
  ]);
  expect(describeTapeGaps(frame)).toEqual([
    { place: 'open', look: 'missing', words: expect.stringMatching(/^Bybit stale since /) },
    {
      place: 'closed',
      look: 'missing',
      words: 'Gap, OKX 800 ms, sequence: trades may be missing here',
    },
  ]);
});

test('[D15] an outlier print counts as a trade and not in the share of bought turnover', () => {
  const rate = new TapeRate();
  rate.add(trade(1, now, { side: 'sell' }));
  rate.add(trade(2, now, { side: 'buy' }));
  rate.add(trade(3, now, { side: 'buy', outlier: true, priceUnits: 84_250_100 }));
  const figures = rate.figures(now + 1000);
  expect([figures.counts.at(-1), figures.buyShare]).toEqual([3, 0.5]);
});

test('dust is less than the column can tell', () => {
  expect(writeSize(trade(1, now, { sizeUnits: 3, sizeDecimals: 8 }), 4)).toBe('<0.0001');
  expect(writeSize(trade(1, now, { sizeUnits: 3, sizeDecimals: 4 }), 4)).toBe('0.0003');
});
