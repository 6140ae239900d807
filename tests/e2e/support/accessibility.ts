import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import axe from 'axe-core';

interface Violation {
  readonly rule: string;
  readonly help: string;
  readonly nodes: readonly string[];
}

/** Runs axe in the page, past its policy on scripts, and lists what it found. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate<readonly Violation[]>(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then((result) =>
      result.violations.map(({ id, help, nodes }) => ({
        rule: id,
        help,
        nodes: nodes.slice(0, 5).map((node) => node.target.join(' ') + ': ' + (node.any[0]?.message ?? '')),
      })),
    )
  `);
  expect(violations).toEqual([]);
}
