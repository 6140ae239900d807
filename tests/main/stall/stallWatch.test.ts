import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StallJudge } from '../../../src/main/stall/stallJudge.ts';

const child = fileURLToPath(new URL('../../support/stallChild.ts', import.meta.url));

let profile: string;
let program: ChildProcess | null = null;

beforeEach(() => {
  profile = mkdtempSync(join(tmpdir(), 'truetape-stall-'));
});

afterEach(() => {
  // A test that failed leaves it hanging.
  program?.kill('SIGKILL');
  rmSync(profile, { recursive: true, force: true });
});

/** Everything that it said until that was as wanted, or it ended. */
async function hang(way: string, isEnough: (said: string) => boolean): Promise<string> {
  const hanging = spawn(process.execPath, [child, way, profile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  program = hanging;
  let said = '';
  hanging.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const looking = setInterval(() => {
    if (isEnough(said)) hanging.kill('SIGKILL');
  }, 50);
  await new Promise((resolve) => hanging.once('close', resolve));
  clearInterval(looking);
  return said;
}

const report = (): string => join(profile, 'debug', 'stall.txt');

/** It is said before it is written down. */
const isKept = (): boolean => existsSync(report()) && readFileSync(report(), 'utf8').endsWith('\n');

test.each([
  ['loop', 'turnForEver'],
  ['promises', 'resolveForEver'],
])('a program that hangs in a %s says where, and leaves it in its profile', async (way, name) => {
  const said = await hang(way, isKept);
  expect(said).toMatch(/error {3}host: the main thread has stood still for \d+ s/);
  expect(said).toMatch(new RegExp(`at ${name} \\(stallChild\\.ts:\\d+:\\d+\\)`));
  expect(said).not.toContain('went on');
  expect(readFileSync(report(), 'utf8')).toContain(`at ${name} (`);
});

test('a call of the platform that does not return is told as one, and the program goes on after it', async () => {
  const said = await hang('platform', () => false);
  expect(said).toMatch(/stood still for \d+ s.*\n {2}inside of a call of the platform\nwent on\n/);
});

test('a program whose loop turns is told nothing of, and ends when its work does', async () => {
  expect(await hang('idle', () => false)).toBe('went on\n');
  expect(readdirSync(profile)).toEqual([]);
});

test('a stall is told after 20 s and each minute, and one that is over begins anew', () => {
  const judge = new StallJudge({ looks: 4, pauseLooks: 12 });
  const told = (beats: readonly number[]) => beats.map((beat) => judge.look(beat));
  expect(told([0, 1, 1, 1, 1]).every((looks) => looks === null)).toBe(true);
  expect(judge.look(1)).toBe(4);
  expect(told(Array.from({ length: 11 }, () => 1)).every((looks) => looks === null)).toBe(true);
  expect(judge.look(1)).toBe(16);
  expect(told([2, 2, 2, 2])).toEqual([null, null, null, null]);
  expect(judge.look(2)).toBe(4);
});
