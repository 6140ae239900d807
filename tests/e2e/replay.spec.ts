import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLadder } from './support/ladder.ts';
import { root } from './support/processes.ts';
import { expect, test } from './support/workstation.ts';

const fixtures = join(root, 'tests', 'fixtures', 'binance-spot');

test('a recording is shown at its own speed, and says so everywhere', async ({ workstation }) => {
  const { page } = await workstation.start([
    '--replay',
    join(fixtures, 'btcusdt-20240808-first3000.ndjson.gz'),
    ...['--venue', 'binance'],
    ...['--snapshot', `BTCUSDT=${join(fixtures, 'btcusdt-20240808.depth-snapshot.json.gz')}`],
  ]);
  const bar = page.locator('.source-bar');
  await expect(bar).toHaveAttribute('data-kind', 'replay');
  await expect(bar).toContainText('2024');
  await expect.poll(async () => (await readLadder(page))?.bids.length ?? 0).toBe(10);
  await expect(page.locator('.tape')).toHaveAttribute('data-appended', /^[1-9]\d*$/);
  const badgeKinds = () =>
    page
      .locator('.source-badge')
      .evaluateAll((badges) => [
        ...new Set(badges.map((badge) => badge.getAttribute('data-kind'))),
      ]);
  await expect.poll(badgeKinds).toEqual(['replay']);
  expect(await page.title()).toContain('REPLAY');
});

test('a damaged recording is one clear line and no window', async ({ workstation }) => {
  const damaged = join(workstation.profile, 'damaged.ndjson');
  writeFileSync(damaged, '2024-08-08T23:54:13.937085Z {"stream":"btcusdt@trade"\nnot a line\n');
  const started = workstation.start(['--replay', damaged, '--venue', 'binance']);
  await expect(started).rejects.toThrow(/damaged\.ndjson/);
});
