import type { Page } from '@playwright/test';
import { expect, test } from './support/workstation.ts';

interface Cell {
  readonly row: string;
  readonly column: string;
  /** Pixels of its content that do not fit. */
  readonly cut: number;
  /** Pixels that lie under the scroll bar or beyond the grid. */
  readonly covered: number;
}

/** Every cell with a figure in the list, as laid out; the market's name may be shortened, a figure may not. */
function readCells(page: Page): Promise<readonly Cell[]> {
  return page.locator('.watch-grid').evaluate((grid) => {
    const box = grid.getBoundingClientRect();
    const bar = grid.querySelector<HTMLElement>('.ag-body-vertical-scroll');
    const end = box.right - (bar?.offsetWidth ?? 0);
    return [...grid.querySelectorAll<HTMLElement>('.ag-row .ag-cell')].flatMap((cell) => {
      const column = cell.getAttribute('col-id') ?? '';
      if (column === 'market') return [];
      const texts = document.createRange();
      texts.selectNodeContents(cell);
      const { left, right } = texts.getBoundingClientRect();
      const own = cell.getBoundingClientRect();
      const row = cell.closest('[row-id]')?.getAttribute('row-id') ?? '';
      const cut = Math.max(cell.scrollWidth - cell.clientWidth, own.left - left, right - own.right);
      return [{ row, column, cut, covered: right - end }];
    });
  });
}

async function expectNothingCut(page: Page, shown: string): Promise<void> {
  await expect
    .poll(async () => {
      const cells = await readCells(page);
      const columns = new Set(cells.map((cell) => cell.column));
      const bad = cells.filter(({ cut, covered }) => cut > 0.5 || covered > 0.5);
      return [shown, columns.has('last'), bad];
    })
    .toEqual([shown, true, []]);
}

async function sweepWidths(page: Page): Promise<void> {
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/);
  await expect(page.locator('.watchlist .watch-change').first()).toHaveText(/%/);
  const grid = page.locator('.watch-grid');
  for (const height of [900, 600]) {
    await page.setViewportSize({ width: 1440, height });
    await grid.evaluate((box) => box.style.removeProperty('width'));
    await expectNothingCut(page, `as it comes, ${height} high`);
    for (let width = 230; width <= 330; width += height === 900 ? 50 : 10) {
      await grid.evaluate((box, pixels) => {
        box.style.width = `${pixels}px`;
      }, width);
      await expectNothingCut(page, `${width} wide, ${height} high`);
    }
  }
}

// The market's own bar at the bottom makes the list just too short for its rows in a window of 1440 x 900.
const args = ['--market', 'simulated', '--simulator-seed', '7'];

test('no figure of the watchlist is cut at any width', async ({ workstation }) => {
  await sweepWidths((await workstation.start(args)).page);
});
