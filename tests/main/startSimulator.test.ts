import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { findInstallation } from '../../src/main/installation.ts';
import { startSimulator } from '../../src/main/startSimulator.ts';
import { eventually } from '../support/eventually.ts';

const { simulatorModule } = findInstallation();

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/api/v3/time`)).ok;
  } catch {
    return false;
  }
}

test('starts the market in a process of its own and ends it', async () => {
  const market = await startSimulator(simulatorModule, ['--seed', '7']);
  const rest = market.endpoints.binance?.rest ?? '';
  expect(market.endpoints.binance?.ws).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  expect(await answers(rest)).toBe(true);
  await market.close();
  await market.close();
  expect(await answers(rest)).toBe(false);
});

test('leaves no market behind when its parent is killed', async () => {
  const source = pathToFileURL(join(import.meta.dirname, '../../src/main/startSimulator.ts')).href;
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { startSimulator } from ${JSON.stringify(source)};
       const market = await startSimulator(${JSON.stringify(simulatorModule)});
       console.log(market.endpoints.binance.rest);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const rest = chunk.toString('utf8').trim();
  expect(await answers(rest)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(async () => expect(await answers(rest)).toBe(false));
});

test('says why a market did not start', async () => {
  await expect(startSimulator(simulatorModule, ['--rate', 'fast'])).rejects.toThrow(
    'The simulated market ended before it listened: exit 2',
  );
  const folder = mkdtempSync(join(tmpdir(), 'truetape-simulator-'));
  const chatter = join(folder, 'chatter.mjs');
  writeFileSync(
    chatter,
    `console.log('hello'); console.log('{"type":"other"}'); console.log('{');`,
  );
  await expect(startSimulator(chatter)).rejects.toThrow(/ended before it listened: exit 0/);
  rmSync(folder, { recursive: true });
});

test('the simulator explains itself and starts nothing', async () => {
  const child = spawn(process.execPath, [simulatorModule, '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString('utf8')));
  const [code]: unknown[] = await once(child, 'close');
  expect([code, output.stderr]).toEqual([0, '']);
  expect(output.stdout).toContain('--seed N');
  expect(output.stdout).not.toContain('listening');
});
