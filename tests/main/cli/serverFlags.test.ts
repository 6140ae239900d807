import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseFlags } from '../../../src/main/cli/flags.ts';
import { parseServerFlags, serverFlags } from '../../../src/main/cli/serverFlags.ts';
import { NoAccountsError } from '../../../src/main/gateway/startGateway.ts';
import { addTestUser } from '../../support/badTokens.ts';
import { openGatewayBench } from '../../support/gatewayBench.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-tls-'));
const file = (name: string): string => join(folder, name);

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

beforeAll(() => {
  writeFileSync(file('noise.pem'), 'no certificate');
  if (!hasOpenssl) return;
  for (const name of ['one', 'two']) makeCertificate(name);
});
afterAll(() => rmSync(folder, { recursive: true }));

function makeCertificate(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
  spawnSync('openssl', ['req', '-x509', ...key, ...names, '-days', '2', ...files]);
}

const flagTable = { host: { value: 'ADDRESS', help: '' }, ...serverFlags };

function parse(...args: readonly string[]) {
  return parseServerFlags(parseFlags('gateway', args, flagTable));
}

test('heartbeats, life of tokens, origins and names are as the command line says [S2-16]', () => {
  expect(parse()).toEqual({
    ...{ hostname: '127.0.0.1', publicHosts: [], origins: [], tls: null, isBehindTls: false },
    ...{ openMetrics: false, settings: { compress: false } },
  });
  const args = ['--heartbeat', '5', '--sse-heartbeat', '7', '--token-ttl', '60', '--compress'];
  expect(parse(...args, '--allow-origin', 'https://Desk.example', '--open-metrics')).toMatchObject({
    origins: ['https://desk.example'],
    openMetrics: true,
    accessTokenSec: 60,
    settings: { heartbeatMs: 5_000, sseHeartbeatMs: 7_000, compress: true },
  });
  expect(parse('--dev-cors')).toMatchObject({ origins: '*' });
  expect(
    parse(
      '--host',
      '0.0.0.0',
      '--insecure-http',
      '--public-host',
      'Desk.Example:8443',
      'b.example',
    ),
  ).toMatchObject({
    ...{ hostname: '0.0.0.0', isBehindTls: true },
    publicHosts: ['desk.example:8443', 'b.example'],
  });
});

const refused: readonly (readonly [readonly string[], RegExp])[] = [
  [['--host', '192.0.2.7'], /can be reached from other machines.*--cert FILE.*--insecure-http/],
  [['--host', '::'], /can be reached from other machines/],
  [['--host', 'desk'], /--host desk is no IP address\..*--public-host/],
  [['--public-host', 'a b'], /--public-host "a b" is no host name\./],
  [['--public-host', 'https://a'], /is no host name/],
  [['--allow-origin', 'desk.example'], /is no origin\. Give scheme and host/],
  [['--allow-origin', 'https://desk.example/'], /is no origin/],
  [['--allow-origin', '*'], /is no origin/],
  [['--allow-origin', 'null'], /is no origin/],
  [['--heartbeat', '0'], /--heartbeat is a whole number of seconds from 1 to 300, not "0"\./],
  [['--sse-heartbeat', '1.5'], /--sse-heartbeat is a whole number/],
  [['--token-ttl', '5'], /--token-ttl is a whole number of seconds from 30 to 86400/],
  [['--key', 'a'], /--key needs --cert FILE/],
  [['--cert', 'a'], /--cert needs --key FILE/],
  [['--cert', 'none.pem', '--key', 'none.key'], /--cert none\.pem cannot be read: ENOENT/],
];

test.each(refused)('refuses %j with what to do', (args, line) => {
  expect(() => parse(...args)).toThrow(line);
});

test.skipIf(!hasOpenssl)('certificates that cannot serve are refused by name', () => {
  const tls = (cert: string, key: string) => () => parse('--cert', file(cert), '--key', file(key));
  expect(tls('noise.pem', 'one.key')).toThrow(/--cert .*noise\.pem is no certificate in PEM form/);
  expect(tls('one.pem', 'noise.pem')).toThrow(/--key .*noise\.pem is no private key/);
  expect(tls('one.pem', 'two.key')).toThrow(/--key .*two\.key is not the key of --cert .*one\.pem/);
  expect(tls('one.pem', 'one.key')().tls).not.toBeNull();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 86_400_000 });
  expect(tls('one.pem', 'one.key')).toThrow(
    /--cert .*one\.pem ran out on \d{4}-\d\d-\d\d\. Renew it/,
  );
  vi.useRealTimers();
});

test.skipIf(!hasOpenssl)(
  'with a certificate it speaks TLS, and plain HTTP gets nothing [S1-30]',
  async () => {
    const { tls } = parse('--cert', file('one.pem'), '--key', file('one.key'));
    const bench = await openGatewayBench({ tls });
    expect(bench.origin).toBe(`https://127.0.0.1:${bench.gateway.port}`);
    const status = await new Promise((resolve, reject) => {
      const ca = readFileSync(file('one.pem'));
      const { port } = bench.gateway;
      const sent = request(
        { host: '127.0.0.1', port, path: '/health', ca, agent: false },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      sent.on('error', reject).end();
    });
    expect(status).toBe(200);
    await expect(bench.ask('/health')).rejects.toThrow();
    await bench.close();
  },
);

test('off this machine it refuses to start without an account, and starts with one', async () => {
  const elsewhere = { hostname: '0.0.0.0', isBehindTls: true, publicHosts: ['desk.example'] };
  await expect(openGatewayBench(elsewhere)).rejects.toBeInstanceOf(NoAccountsError);
  await expect(openGatewayBench(elsewhere)).rejects.toThrow(/truetape user add NAME/);
  addTestUser(folder);
  const bench = await openGatewayBench({ ...elsewhere, profile: folder });
  const key = new URL(bench.gateway.address).hash;
  expect(key).toBe('');
  const ask = (host: string) => bench.ask('/health', { headers: { host }, signed: false });
  expect((await ask('desk.example')).status).toBe(200);
  expect((await ask(`desk.example:${bench.gateway.port}`)).status).toBe(200);
  expect((await ask('other.example')).status).toBe(421);
  await bench.close();
});
