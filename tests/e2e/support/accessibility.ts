import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

interface Violation {
  readonly rule: string;
  readonly help: string;
  readonly nodes: readonly string[];
}

/** Runs axe in the page, past its policy on scripts, and lists what it found. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axeSource);
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
