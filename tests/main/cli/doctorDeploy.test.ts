import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { runCommandLine } from '../../../src/main/cli/commandLine.ts';
import { doctorCommand } from '../../../src/main/cli/doctorCommand.ts';
import { openGatewayBench } from '../../support/gatewayBench.ts';
import type { GatewayBench } from '../../support/gatewayBench.ts';

const benches: GatewayBench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((bench) => bench.close()));
});

async function open(options: Parameters<typeof openGatewayBench>[0]): Promise<GatewayBench> {
  const bench = await openGatewayBench(options);
  benches.push(bench);
  return bench;
}

/** It measures the machine too: one that others keep busy is slow, and it says so. */
function ofThisMachine(line: string): boolean {
  return /^FAIL {2}Load: the slowest of \d+ took \d{4,} ms$/.test(line);
}

async function deploy(
  address: string,
): Promise<{ readonly code: number; readonly lines: string[] }> {
  let stdout = '';
  const write = (text: string): void => void (stdout += text);
  const args = ['doctor', '--deploy', '--url', address];
  const code = await runCommandLine(args, { stdout: write, stderr: write }, [doctorCommand]);
  return { code, lines: stdout.trimEnd().split('\n') };
}

const names = [
  ...['CORS and auth', 'Fallback', 'Cache', 'Circuit breaker', 'Errors', 'Monitoring', 'Load'],
  'Security audit',
];

test('a sound gateway passes in eight lines [S4-23]', async () => {
  const bench = await open({});
  const { code, lines } = await deploy(bench.gateway.address);
  const verdicts = lines.map((line) => (ofThisMachine(line) ? 'pass  Load' : line.split(':')[0]));
  expect(verdicts).toEqual(names.map((name) => `pass  ${name}`));
  expect(code).toBe(lines.some(ofThisMachine) ? 1 : 0);
});

test('what does not hold is named in its line, and the exit code is 1 [S4-23]', async () => {
  const bench = await open({ origins: '*' });
  const { code, lines } = await deploy(bench.origin);
  expect(code).toBe(1);
  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatch(/^FAIL {2}CORS and auth: a foreign page may read.*foreign preflight/);
  expect(lines[1]).toMatch(/^FAIL {2}Fallback: cannot be looked at without a token/);
  expect(lines[2]).toMatch(/^pass {2}Cache/);
});

test('a server that is no gateway fails in every line', async () => {
  const server = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { code, lines } = await deploy(`http://127.0.0.1:${port}/#key=x`);
  server.closeAllConnections();
  server.close();
  expect(code).toBe(1);
  expect(lines.filter((line) => line.startsWith('FAIL') && !ofThisMachine(line))).toHaveLength(7);
  expect(lines[6]).toMatch(/^pass {2}Load|^FAIL {2}Load: the slowest/);
});

test('without an address it starts a gateway, looks at it and ends it', async () => {
  const entry = fileURLToPath(new URL('../../../src/main/cli.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, 'doctor', '--deploy'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.slice(6).split(':', 1)[0])).toEqual(names);
  const failed = lines.filter((line) => !line.startsWith('pass'));
  expect(failed.filter((line) => !ofThisMachine(line))).toEqual([]);
  expect(code).toBe(failed.length > 0 ? 1 : 0);
});
