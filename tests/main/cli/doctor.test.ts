import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';
import { runCommandLine } from '../../../src/main/cli/commandLine.ts';
import { doctorCommand } from '../../../src/main/cli/doctorCommand.ts';
import { openStorage } from '../../../src/main/engine/storage/storage.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-doctor-'));
const profile = join(folder, 'profile');
afterAll(() => rmSync(folder, { recursive: true }));

async function doctor(...args: readonly string[]) {
  return look('--profile', profile, '--port', '0', ...args);
}

async function look(...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const code = await runCommandLine(
    ['doctor', ...args],
    { stdout: (text) => (stdout += text), stderr: (text) => (stderr += text) },
    [doctorCommand],
  );
  return { code, stdout, stderr };
}

test('writes a bundle of the findings, the settings and the debug log, redacted, for its owner alone', async () => {
  const storage = openStorage(profile);
  storage.changeSettings({ watchlist: ['BTC-USDT', 'token=Pl4nted'], debugLog: true });
  mkdirSync(join(profile, 'debug'));
  writeFileSync(join(profile, 'debug', 'debug.old.log'), 'older line\n');
  writeFileSync(
    join(profile, 'debug', 'debug.log'),
    `newer line of ${profile}/x password=Pl4nted\n`,
  );
  const file = join(folder, 'help.zip');
  for (const args of [['--bundle', file], [`--bundle=${file}`]]) {
    const { stdout, stderr } = await doctor(...args);
    expect(stderr).toBe('');
    expect(stdout).toContain(`saved  ${file}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const zip = unzipSync(readFileSync(file));
    const read = (name: string): string => strFromU8(zip[name] ?? new Uint8Array());
    expect(JSON.parse(read('manifest.json'))).toMatchObject({ product: 'Truetape', host: 'none' });
    expect(JSON.parse(read('settings.json'))).toMatchObject({
      watchlist: ['BTC-USDT', 'token=[redacted]'],
      debugLog: true,
    });
    expect(read('debug.txt')).toMatch(
      /^older line\nnewer line of \[path\] password=\[redacted\]\n$/,
    );
    expect(JSON.parse(read('doctor.json')).length).toBeGreaterThan(4);
    for (const name of Object.keys(zip)) expect(read(name)).not.toMatch(/Pl4nted|truetape-doctor-/);
    rmSync(file);
  }
  storage.close();
});

test('says what to do when the bundle cannot be written, and writes none unasked', async () => {
  const nowhere = join(folder, 'none', 'help.zip');
  const { code, stderr } = await doctor('--bundle', nowhere);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^truetape: the bundle cannot be written .*--bundle FILE\n$/);
  await doctor();
  expect(readdirSync(folder)).toEqual(['profile']);
  const wrong = await doctor('help.zip');
  expect([wrong.code, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain('doctor does not take "help.zip"');
  expect((await doctor('--help')).stdout).toContain('It does not reach a Truetape that runs');
});

test('modules, pages, permissions, port and feed are looked at, and the exit code says the sum [S1-23]', async () => {
  const sound = await doctor();
  expect(sound.code).toBe(0);
  const lines = sound.stdout.trimEnd().split('\n');
  const looked = [/Node \d/, /sqlite/, /pages are built/, /is writable/, /port 0 .* is free/];
  for (const line of [...looked, /feed: three simulated venues were live after \d+\.\d s/]) {
    expect(lines.filter((text) => line.test(text) && text.startsWith('ok'))).toHaveLength(1);
  }
  expect(lines.at(-1)).toBe('Ready.');
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  writeFileSync(join(folder, 'file'), '');
  const faulty = await look('--port', String(port), '--profile', join(folder, 'file'));
  other.close();
  expect(faulty.code).toBe(1);
  expect(faulty.stdout).toMatch(/^fault {1,}profile .* cannot be written .*--profile FOLDER$/m);
  expect(faulty.stdout).toMatch(
    new RegExp(`^fault +port ${port} cannot be used .*--port PORT$`, 'm'),
  );
  expect(faulty.stdout).toMatch(/^2 to mend before Truetape runs here\.$/m);
});
