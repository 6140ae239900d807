import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { machineTime } from '../../support/machineTime.ts';

const entry = fileURLToPath(new URL('../../../src/main/cli.ts', import.meta.url));
const guide = readFileSync(new URL('../../../docs/gateway.md', import.meta.url), 'utf8');

let profile: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  profile = mkdtempSync(join(tmpdir(), 'truetape-smoke-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(profile, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  output: string;
}

function run(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const running: Running = { child, output: '' };
  const take = (text: string): void => void (running.output += text);
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return running;
}

/** The numbered commands of the guide, and what has to be seen after each. */
function steps(): readonly (readonly [string, string])[] {
  const [, section = ''] = guide.split('## Six steps');
  const found = section.matchAll(/^\d\. (.+)\n {3}-> (.+)$/gm);
  return [...found].map(([, command = '', sight = '']) => [command, sight]);
}

async function untilSeen(running: Running, sight: string): Promise<void> {
  await eventually(() => expect(running.output).toContain(sight));
}

/** Again until it is seen: the market needs a moment. */
async function shell(command: string, sight: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const running = run('sh', ['-c', command]);
    await once(running.child, 'close');
    if (running.output.includes(sight)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${command} never showed ${sight}`);
}

test('the six steps of the guide show what it says [S1-24]', async () => {
  const [doctor, start, health, price, stream, stop] = steps();
  expect(steps()).toHaveLength(6);
  const own = ['--port', '0', '--profile', profile];
  const words = (step: typeof doctor): readonly string[] => step?.[0].split(' ').slice(1) ?? [];
  await untilSeen(run(process.execPath, [entry, ...words(doctor), ...own]), doctor?.[1] ?? '?');
  const gateway = run(process.execPath, [entry, ...words(start), ...own]);
  const [, beforeAddress = '?'] = /^(.*?)http/.exec(start?.[1] ?? '') ?? [];
  await untilSeen(gateway, beforeAddress);
  await eventually(() => expect(gateway.output).toMatch(/#key=[\w-]{43}\n/));
  const [, port = '', key = ''] = /127\.0\.0\.1:(\d+)\/#key=(\S+)/.exec(gateway.output) ?? [];
  for (const [command, sight] of [health, price, stream].flatMap((step) => (step ? [step] : []))) {
    await shell(command.replaceAll('7411', port).replaceAll('KEY', key), sight);
  }
  expect(stop?.[0]).toBe('Ctrl+C');
  gateway.child.kill('SIGINT');
  const [code] = (await once(gateway.child, 'close')) as [number];
  expect(gateway.output).toContain(stop?.[1] ?? '?');
  expect(code).toBe(0);
});

test('SIGTERM ends a gateway with its clients within 5 s, with 0 and a goodbye [G09]', async () => {
  const flags = ['--port', '0', '--market', 'simulated', '--no-open', '--profile', profile];
  const gateway = run(process.execPath, [entry, 'gateway', ...flags]);
  await eventually(() => expect(gateway.output).toMatch(/#key=\S+/));
  const [, port = '', key = ''] = /127\.0\.0\.1:(\d+)\/#key=(\S+)/.exec(gateway.output) ?? [];
  const heard = Array.from({ length: 20 }, () => {
    const client = { text: '' };
    const path = '/api/stream?channels=price.BTC-USDT,trades.BTC-USDT';
    const headers = { authorization: `Bearer ${key}` };
    get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => (client.text += text));
      response.on('error', () => undefined);
    }).on('error', () => undefined);
    return client;
  });
  await eventually(() =>
    expect(heard.every(({ text }) => text.includes('event: updates'))).toBe(true),
  );
  const taken = machineTime(gateway.child.pid);
  const looking = setInterval(taken, 20);
  gateway.child.kill('SIGTERM');
  const [code] = (await once(gateway.child, 'close')) as [number];
  clearInterval(looking);
  expect(code).toBe(0);
  expect(taken()).toBeLessThan(5_000);
  await eventually(() => expect(heard.every(({ text }) => text.includes('"closing"'))).toBe(true));
});
