import type { Page } from '@playwright/test';
import * as v from 'valibot';
import type { OracleBook } from './simulator.ts';

const levelsSchema = v.array(
  v.object({ price: v.string(), sizes: v.record(v.string(), v.string()) }),
);
const paintedSchema = v.object({
  market: v.string(),
  venue: v.nullable(v.string()),
  group: v.string(),
  sequence: v.string(),
  bids: levelsSchema,
  asks: levelsSchema,
});
export type PaintedBook = v.InferOutput<typeof paintedSchema>;

/** What stands on the ladder's canvas; null while it shows no live book. */
export async function readLadder(page: Page): Promise<PaintedBook | null> {
  const attributes = await page.locator('.order-book').evaluate((panel) => ({
    sequence: panel.getAttribute('data-sequence'),
    painted: panel.getAttribute('data-painted'),
  }));
  if (!attributes.sequence || !attributes.painted) return null;
  return v.parse(v.pipe(v.string(), v.parseJson(), paintedSchema), attributes.painted);
}

/** The market whose live book is painted; otherwise what the ladder says of itself. */
export async function ladderMarket(page: Page): Promise<string> {
  const painted = await readLadder(page);
  if (painted !== null) return painted.market;
  return `not live: ${await page.locator('.order-book').innerText()}`;
}

/** Update id of each venue's book in the ladder. */
export function sequences(book: PaintedBook): ReadonlyMap<string, number> {
  return new Map(
    book.sequence
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const [venue = '', id = ''] = part.split(':');
        return [venue, Number(id)] as const;
      }),
  );
}

/** Decimal text in units of 10^-12, exactly. */
function exact(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(12, '0').slice(0, 12));
}

export interface GroupedLevel {
  readonly price: bigint;
  readonly sizes: Readonly<Record<string, bigint>>;
}

/** The same ladder from the venues' own books: bids floored to the group, asks ceiled, ten of each. */
export function groupBooks(
  books: ReadonlyMap<string, OracleBook>,
  side: 'bids' | 'asks',
  group: string,
): readonly GroupedLevel[] {
  const step = exact(group);
  const rows = new Map<bigint, Record<string, bigint>>();
  for (const [venue, book] of books) {
    for (const [priceText, sizeText] of book[side]) {
      const price = exact(priceText);
      const floored = price - (price % step);
      const row = side === 'bids' || floored === price ? floored : floored + step;
      const sizes = rows.get(row) ?? {};
      sizes[venue] = (sizes[venue] ?? 0n) + exact(sizeText);
      rows.set(row, sizes);
    }
  }
  const sorted = [...rows].toSorted(([left], [right]) => {
    if (left === right) return 0;
    return left < right === (side === 'asks') ? -1 : 1;
  });
  return sorted.slice(0, 10).map(([price, sizes]) => ({ price, sizes }));
}

export function paintedLevels(book: PaintedBook, side: 'bids' | 'asks'): readonly GroupedLevel[] {
  return book[side].map(({ price, sizes }) => ({
    price: exact(price),
    sizes: Object.fromEntries(Object.entries(sizes).map(([venue, size]) => [venue, exact(size)])),
  }));
}

/** Chooses an entry of the ladder's own menu. */
export async function chooseInLadder(page: Page, entry: string | RegExp): Promise<void> {
  await page.locator('.order-book .book-group').click();
  await page.getByRole('menu', { name: 'Grouping and venue' }).getByText(entry).first().click();
}
