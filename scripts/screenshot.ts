import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { findBrowser } from '../tests/support/browser.ts';
import { takeHealthy, takeTrouble } from './screenshots/livePictures.ts';
import { takeRecorded } from './screenshots/recordedPictures.ts';
import type { Studio } from './screenshots/stage.ts';
import { root } from './screenshots/stage.ts';

const scenes = { healthy: takeHealthy, trouble: takeTrouble, recorded: takeRecorded };

const { values, positionals } = parseArgs({
  // Scenes; none: all.
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: join(root, 'docs', 'images') },
    seed: { type: 'string', default: '7' },
    /** How long the market runs before a picture. */
    seconds: { type: 'string', default: '45' },
  },
});

const browser = await findBrowser();
if (browser === undefined) throw new Error('No Chromium here. Name one in TRUETAPE_CHROMIUM.');
mkdirSync(values.folder, { recursive: true });
const chrome = await chromium.launch({ executablePath: browser.executablePath });
const studio: Studio = {
  chrome,
  seed: values.seed,
  settleMs: Number(values.seconds) * 1000,
  folder: values.folder,
};
try {
  for (const [name, take] of Object.entries(scenes)) {
    if (positionals.length === 0 || positionals.includes(name)) await take(studio);
  }
} finally {
  await chrome.close();
}
