import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, expect, test } from '@playwright/test';
import { findElectron } from '../../scripts/start/electronRelease.ts';
import { root } from './support/processes.ts';

const binary = findElectron(join(root, 'node_modules', 'electron'), process.env);

test('the real Electron opens the workstation and shuts Node out of its page', async () => {
  test.skip(binary === null, 'no Electron binary on this machine');
  if (binary === null) return;
  const profile = mkdtempSync(join(tmpdir(), 'truetape-electron-'));
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const electron = await _electron.launch({
    executablePath: binary,
    args: [
      ...(asRoot ? ['--no-sandbox'] : []),
      ...[root, '--market', 'simulated', '--profile', profile],
    ],
  });
  try {
    const page = await electron.firstWindow();
    await expect(page.getByTestId('pulse-state')).toHaveText(/^Simulated · 3\/3 venues/, {
      timeout: 30_000,
    });
    expect(new URL(page.url()).protocol).toBe('app:');
    expect(await page.evaluate('[typeof require, typeof process, typeof module]')).toEqual([
      'undefined',
      'undefined',
      'undefined',
    ]);
  } finally {
    await electron.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
