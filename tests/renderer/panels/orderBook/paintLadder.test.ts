import { afterEach, expect, test } from 'vitest';
import { createFonts } from '../../../../src/renderer/canvas/fonts.ts';
import { GhostBook } from '../../../../src/renderer/panels/orderBook/ghosts.ts';
import { computeLadderLayout } from '../../../../src/renderer/panels/orderBook/ladderLayout.ts';
import { buildLadder } from '../../../../src/renderer/panels/orderBook/ladderModel.ts';
import { paintLiveSides } from '../../../../src/renderer/panels/orderBook/paintLadder.ts';
import { RowMemory } from '../../../../src/renderer/panels/orderBook/rowMemory.ts';
import { palette } from '../../../../src/renderer/theme/palette.ts';
import type { BookView } from '../../../../src/shared/values.ts';
import { Random } from '../../../shared/randomValues.ts';
import { CanvasStub } from '../../canvas/canvasStub.ts';
import { now, part, row, view } from './bookBuilders.ts';

let canvas: CanvasStub | null = null;

afterEach(() => canvas?.close());

function paint(stub: CanvasStub, book: BookView, memory: RowMemory): readonly string[] {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) throw new Error('there is no canvas');
  const layout = computeLadderLayout({
    width: 330,
    height: 500,
    scale: 1,
    comfortable: false,
    priceTextWidth: 60,
    sizeTextWidth: 40,
    venueCount: 2,
  });
  const surface = { context, width: 330, height: 500, colors: palette() };
  const model = buildLadder(book, layout.rowsPerSide, new GhostBook(), now, 3);
  const fonts = createFonts(1);
  const look = `${model.sharedDigits} ${model.sizeDecimals}`;
  if (memory.begin(look)) context.fillRect(0, 0, 330, 500);
  paintLiveSides(
    { surface, fonts, layout, view: book, model, greyed: false, selected: null },
    memory,
  );
  return stub.texts.map(({ text, x, y }) => `${y} ${x} ${text}`).sort();
}

function randomBook(random: Random, before: BookView): BookView {
  const side = (rows: BookView['bids'], direction: 1 | -1) =>
    random.chance(0.05)
      ? []
      : Array.from({ length: 4 + random.below(12) }, (_, index) => {
          const price = 8_425_000 + direction * (index + 1);
          const held = rows[index];
          if (held?.priceUnits === price && random.chance(0.8)) {
            // Too little to move a bar, enough to change a digit.
            if (random.chance(0.8)) return held;
            return { ...held, sizeUnits: held.sizeUnits.map((size) => size + 1) };
          }
          const ages = [now - random.below(40_000), now - random.below(40_000)];
          return row(price, [random.below(9_000), random.below(9_000)], ages);
        });
  return view({
    parts: [part('binance', { bestBidUnits: 8_424_999 }), part('bybit')],
    bids: side(before.bids, -1),
    asks: side(before.asks, 1),
  });
}

test('a canvas that is mended row by row shows what one painted anew shows', () => {
  const stub = new CanvasStub({ width: 330, height: 500 });
  canvas = stub;
  const random = new Random(5);
  const memory = new RowMemory();
  let book = view();
  for (let round = 0; round < 200; round++) {
    book = randomBook(random, book);
    const mended = paint(stub, book, memory);
    const kept = stub.texts;
    stub.texts = [];
    expect(mended).toEqual(paint(stub, book, new RowMemory()));
    stub.texts = kept;
  }
});

test('a side that was empty for a moment comes back whole', () => {
  const stub = new CanvasStub({ width: 330, height: 500 });
  canvas = stub;
  const memory = new RowMemory();
  const asks = [row(101, [5, 8]), row(102, [5, 8])];
  const book = view({ bids: [row(100, [5, 8])], asks });
  const whole = paint(stub, book, memory);
  paint(stub, { ...book, bids: [] }, memory);
  expect(stub.words).toContain('No bids in the book');
  expect(paint(stub, book, memory)).toEqual(whole);
});

test('a frame without a change paints no row', () => {
  const stub = new CanvasStub({ width: 330, height: 500 });
  canvas = stub;
  const memory = new RowMemory();
  const book = randomBook(new Random(2), view());
  paint(stub, book, memory);
  stub.texts = [];
  expect(paint(stub, book, memory)).toEqual([]);
});
