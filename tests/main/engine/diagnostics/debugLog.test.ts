import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  DebugLog,
  debugCategories,
  mostFileBytes,
  readDebugLines,
} from '../../../../src/main/engine/diagnostics/debugLog.ts';
import { redactorHere } from '../../../../src/main/engine/diagnostics/machine.ts';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

let profile = '';
let failures: string[] = [];

beforeEach(() => {
  profile = mkdtempSync(join(tmpdir(), 'truetape-debug-'));
  failures = [];
});

afterEach(() => rmSync(profile, { recursive: true }));

function createLog(): DebugLog {
  return new DebugLog({
    profile,
    redactor: redactorHere({ home: '/home/jordan', user: 'jordan', host: 'jordans-laptop' }),
    wallMs: () => 1.79e12,
    onFailure: (reason) => failures.push(reason),
  });
}

/** A market with a lost socket and a message that cannot be read, heard by the log. */
function runMarket(log: DebugLog): void {
  const engine = new EngineOnLinks({
    ...{ venues: ['binance'], messagesPerSec: 300 },
    onInput: (input) => log.onInput(input),
  });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'corruptFrame', venue: 'binance', form: 'malformed' });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(3_000);
  for (const effect of engine.effects) log.onEffect(effect);
  for (const line of engine.log) log.onLog('binance', line.replace(/^binance /, ''));
  log.write('performance', '300 msg/s');
  log.flush();
  engine.close();
}

function categoriesOf(lines: readonly string[]): readonly string[] {
  return [...new Set(lines.map((line) => line.split(' ')[1] ?? ''))].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
}

test('on: all five categories are written, and no message is [S0-46]', () => {
  const log = createLog();
  log.switchTo(true);
  runMarket(log);
  const lines = readDebugLines(profile);
  expect(categoriesOf(lines)).toEqual([...debugCategories].toSorted((a, b) => (a < b ? -1 : 1)));
  expect(lines.every((line) => line.startsWith(new Date(1.79e12).toISOString()))).toBe(true);
  expect(lines.some((line) => /message binance#1 frame 1: .*\d+ characters/.test(line))).toBe(true);
  expect(lines.filter((line) => line.includes(' frame ')).length).toBeLessThan(20);
  expect(lines.join('\n')).not.toMatch(/"p":"|"asks"|"bids"/);
  expect(statSync(join(profile, 'debug', 'debug.log')).mode & 0o777).toBe(0o600);
});

test('off, and without a profile: nothing is written [S0-46]', () => {
  const log = createLog();
  runMarket(log);
  expect(existsSync(join(profile, 'debug'))).toBe(false);
  const nowhere = new DebugLog({
    ...{ profile: null, redactor: redactorHere(), wallMs: () => 0, onFailure: () => undefined },
  });
  nowhere.switchTo(true);
  expect(nowhere.isOn).toBe(false);
  log.switchTo(true);
  log.switchTo(false);
  const before = readDebugLines(profile).length;
  runMarket(log);
  expect(readDebugLines(profile)).toHaveLength(before);
});

test('two files of at most 2 MiB, whatever is written; credentials and places are left out [S0-46]', () => {
  const log = createLog();
  log.switchTo(true);
  for (let index = 0; index < 14_000; index += 1) {
    log.write('error', `${index} token=Pl4nted /home/jordan/a 10.1.2.3 ${'x y '.repeat(70)}`);
  }
  log.flush();
  const files = ['debug.log', 'debug.old.log'].map((name) => join(profile, 'debug', name));
  for (const file of files) {
    expect(statSync(file).size).toBeLessThanOrEqual(mostFileBytes);
    expect(readFileSync(file, 'utf8')).not.toMatch(/Pl4nted|jordan|10\.1\.2\.3/);
  }
  expect(readDebugLines(profile).at(-1)).toContain(' error 13999 ');
});

test('a frame keeps its kind and size only, and lines stay lines', () => {
  const log = createLog();
  log.switchTo(true);
  const frame: CoreInput = {
    ...{ type: 'frame', connection: 'okx#1', generation: 1, receivedTime: 1, monotonicMs: 1 },
    text: '{"arg":{"channel":"trades"},"data":[{"px":"84250.1"}]}',
  };
  log.onInput(frame);
  log.write('error', 'first\nsecond\u2028third');
  log.flush();
  const lines = readDebugLines(profile);
  expect(lines.filter((line) => line.includes('frame 1: trades, 54 characters'))).toHaveLength(1);
  expect(lines.join('\n')).not.toContain('84250');
  expect(lines.filter((line) => line.includes('first second third'))).toHaveLength(1);
});

test('files that cannot be written are said once, and stop nothing', () => {
  writeFileSync(join(profile, 'debug'), 'in the way');
  const log = createLog();
  log.switchTo(true);
  for (let round = 0; round < 3; round += 1) {
    log.write('error', 'a line');
    log.flush();
  }
  expect(failures).toHaveLength(1);
});

test('lines are redacted before they are cut', () => {
  const log = createLog();
  log.switchTo(true);
  for (let before = 340; before < 400; before += 1) {
    log.write('error', `${'x '.repeat(before / 2)}${'a1B2'.repeat(16)} refused`);
  }
  log.flush();
  expect(readDebugLines(profile).length).toBeGreaterThan(60);
  for (const line of readDebugLines(profile)) expect(line).not.toContain('a1B');
});
