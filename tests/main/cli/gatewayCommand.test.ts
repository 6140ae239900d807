import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CommandFailure } from '../../../src/main/cli/commandFailure.ts';
import { runGateway } from '../../../src/main/cli/gatewayCommand.ts';
import { findInstallation } from '../../../src/main/installation.ts';
import type { EngineHostOptions } from '../../../src/main/engine/host.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeEngineHost } from '../../support/fakeEngineHost.ts';
import type { FakeEngineHost } from '../../support/fakeEngineHost.ts';

let profile: string;
let host: FakeEngineHost;
let output: string;
let options: EngineHostOptions | null;

beforeAll(() => {
  profile = mkdtempSync(join(tmpdir(), 'truetape-profile-'));
  writeFileSync(join(profile, 'index.html'), '<!doctype html>');
});

afterAll(() => {
  rmSync(profile, { recursive: true });
});

beforeEach(() => {
  host = createFakeEngineHost();
  output = '';
  options = null;
});

function run(args: readonly string[], untilStopped: () => Promise<string>): Promise<number> {
  return runGateway(
    [...args, '--profile', profile, '--no-open'],
    { stdout: (text) => void (output += text), stderr: () => undefined },
    {
      createHost: (given) => {
        options = given;
        return Promise.resolve(host);
      },
      untilStopped,
      installation: { ...findInstallation(), rendererFolder: profile },
    },
  );
}

const never = () => new Promise<string>(() => undefined);

test('serves until it is stopped, then closes all and ends with 0', async () => {
  let stop: (signal: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const finished = run(['--port', '0', '--market', 'simulated'], () => stopped);
  await eventually(() => {
    expect(output).toMatch(/^Truetape is at http:\/\/127\.0\.0\.1:\d+\/#key=[\w-]{43}\n$/);
  });
  const address = new URL(output.replace('Truetape is at ', '').trim());
  expect((await fetch(new URL('/health', address))).status).toBe(200);
  expect(options).toMatchObject({ hostKind: 'gateway', market: 'simulated', profile });
  stop('SIGTERM');
  expect(await finished).toBe(0);
  expect(host.closes).toBe(1);
  await expect(fetch(new URL('/health', address))).rejects.toThrow();
});

test('says in one line that the port is busy, and closes the engine', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const failure = await run(['--port', String(port)], never).catch((error: unknown) => error);
  other.close();
  expect(failure).toBeInstanceOf(CommandFailure);
  expect(failure).toMatchObject({
    exitCode: 1,
    message: `Port ${port} on 127.0.0.1 is in use. Stop the other program or choose another port: --port 0 takes any free one.`,
  });
  expect(host.closes).toBe(1);
});

test.each([
  [
    ['--host', '0.0.0.0'],
    /--host 0\.0\.0\.0 can be reached from other machines.* --cert FILE and --key/,
  ],
  [['--host', 'desk.example'], /--host desk\.example is no IP address.* --public-host/],
  [['--port', '70000'], /--port is a number from 0 \(any free port\) to 65535, not "70000"\./],
  [['--port', '-1'], /--port/],
])('refuses %j before anything starts', async (args, line) => {
  await expect(run(args, never)).rejects.toThrow(line);
  expect(options).toBeNull();
});

test('says what to do when the pages are not built', async () => {
  rmSync(join(profile, 'index.html'));
  await expect(run([], never)).rejects.toThrow('The pages are not built. Run: npm run build');
  expect(options).toBeNull();
});

test('lists its flags', async () => {
  expect(await run(['--help'], never)).toBe(0);
  for (const flag of ['--port', '--host', '--market', '--replay', '--no-open', '--profile']) {
    expect(output).toContain(`  ${flag}`);
  }
});
