import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { TradeUpdate } from '../../../../src/shared/gateway/wire.ts';
import { eventually } from '../../../support/eventually.ts';
import { hasRedis, RedisServer } from './support/redisServer.ts';

const entry = fileURLToPath(new URL('../../../../src/main/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'truetape-processes-'));
const closing: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  rmSync(folder, { recursive: true, force: true });
});

interface Program {
  readonly child: ChildProcess;
  output: string;
}

function start(redis: RedisServer, name: string, args: readonly string[]): Program {
  const own = ['--redis', redis.url, '--profile', join(folder, name)];
  const child = spawn(process.execPath, [entry, ...args, ...own], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const program: Program = { child, output: '' };
  const take = (text: string): void => void (program.output += text);
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  closing.push(async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, 'exit');
  });
  return program;
}

/** Trades that a client of this gateway is given; null: it was told of a gap. */
async function hear({ output }: Program): Promise<readonly (TradeUpdate | null)[]> {
  const [, port = '', key = ''] = /127\.0\.0\.1:(\d+)\/#key=(\S+)/.exec(output) ?? [];
  const abort = new AbortController();
  closing.push(() => abort.abort());
  const address = `http://127.0.0.1:${port}/api/stream?channels=trades.BTC-USDT`;
  const headers = { authorization: `Bearer ${key}` };
  const heard: (TradeUpdate | null)[] = [];
  const answer = await fetch(address, { headers, signal: abort.signal });
  expect(answer.status).toBe(200);
  void (async () => {
    let text = '';
    for await (const bytes of answer.body ?? []) {
      text += Buffer.from(bytes).toString('utf8');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        if (/^event: resync$/m.test(block)) heard.push(null);
        const [, line] = /^event: updates\ndata: (.*)$/m.exec(block) ?? [];
        if (line === undefined) continue;
        const { updates } = JSON.parse(line) as { readonly updates: readonly TradeUpdate[] };
        heard.push(...updates);
      }
    }
  })().catch(() => undefined);
  return heard;
}

test.skipIf(!hasRedis)(
  'one process has the venues, two others serve what it publishes under the same numbers [S1-49]',
  async () => {
    const redis = await RedisServer.start();
    closing.push(() => redis.close());
    const ingester = start(redis, 'ingester', ['ingest', '--market', 'simulated']);
    const serving = ['gateway', '--no-ingest', '--no-open', '--port', '0'];
    const gateways = [start(redis, 'a', serving), start(redis, 'b', serving)] as const;
    for (const gateway of gateways) {
      await eventually(() => expect(gateway.output).toMatch(/#key=[\w-]{43}\n/));
    }
    const [a, b] = [await hear(gateways[0]), await hear(gateways[1])];
    const updatesOf = (heard: typeof a) => heard.filter((update) => update !== null);
    const ownBySeq = () => new Map(updatesOf(a).map((update) => [update.seq, update]));
    const both = () => updatesOf(b).filter(({ seq }) => ownBySeq().has(seq));
    await eventually(() => expect(both().length).toBeGreaterThan(10));
    for (const heard of [a, b]) {
      for (const [at, update] of heard.entries()) {
        const before = heard[at - 1];
        if (update !== null && before) expect(update.seq).toBe(before.seq + 1);
      }
    }
    for (const { seq, epoch, trade } of both()) {
      const own = ownBySeq().get(seq);
      expect([seq, epoch, trade]).toEqual([seq, own?.epoch, own?.trade]);
    }
    expect(ingester.child.exitCode).toBeNull();
  },
);
