import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { HeardFeed } from './support/heardFeed.ts';
import { MadeFeed } from './support/madeFeed.ts';
import { RedisBench } from './support/redisBench.ts';
import { RedisServer, hasRedis } from './support/redisServer.ts';

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const hasOpenssl = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0;
const child = join(import.meta.dirname, 'support', 'redisChild.ts');
const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** An authority of our own, and a certificate that it signed for 127.0.0.1. */
function makeCertificates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-tls-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  run(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=desk',
    '-days',
    '2',
  );
  const name = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'];
  run('req', ...key, '-keyout', 'redis.key', '-out', 'redis.csr', ...name);
  const signed = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-copy_extensions',
    'copy',
  ];
  run('x509', '-req', '-in', 'redis.csr', ...signed, '-out', 'redis.pem', '-days', '2');
  return folder;
}

async function openEncrypted(folder: string): Promise<RedisServer> {
  const file = (name: string): string => join(folder, name);
  const server = await RedisServer.start((port) => [
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', file('redis.pem'), '--tls-key-file', file('redis.key')],
    ...['--tls-ca-cert-file', file('ca.pem'), '--requirepass', 's3cret'],
  ]);
  closing.push(() => server.close());
  return server;
}

/** All that a process says of each of these addresses. */
async function lookFor(
  urls: readonly string[],
  authority: string | null,
): Promise<readonly string[]> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority ?? undefined };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [child, ...urls], { env });
  expect(`${stdout}${stderr}`).not.toMatch(/s3cret|wr0ng|desk:/);
  return stdout.split('\n').map((line) => String(JSON.parse(line)));
}

test.skipIf(!hasRedis || !hasOpenssl)(
  'over TLS: the certificate is checked, and what is wrong is said with what to do',
  async () => {
    const folder = makeCertificates();
    const { port } = await openEncrypted(folder);
    const plain = await RedisServer.start();
    closing.push(() => plain.close());
    const authority = join(folder, 'ca.pem');
    const right = `rediss://:s3cret@127.0.0.1:${port}`;
    const urls = [
      `rediss://:s3cret@localhost:${port}`,
      `redis://:s3cret@127.0.0.1:${port}`,
      `rediss://127.0.0.1:${plain.port}`,
      `rediss://:wr0ng@127.0.0.1:${port}`,
      `rediss://127.0.0.1:${port}`,
    ];
    const [[unknown], [good, ...others]] = await Promise.all([
      lookFor([right], null),
      lookFor([right, ...urls], authority),
    ]);
    const [otherName, noTls, tls, wrong, none] = others;
    expect(good).toMatch(/ answers\nreached$/);
    expect(unknown).toMatch(/SELF_SIGNED_CERT_IN_CHAIN\. No authority .* NODE_EXTRA_CA_CERTS/);
    expect(otherName).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID\. Its certificate is for another name/);
    expect(noTls).toContain('If it speaks TLS, its address begins with rediss://');
    expect(tls).toContain('If it speaks no TLS, its address begins with redis://');
    expect(wrong).toMatch(/WRONGPASS\. It does not take this user and password/);
    expect(none).toMatch(/NOAUTH\. It asks for a password: set TRUETAPE_REDIS_PASSWORD/);
    for (const said of [unknown, otherName, noTls, tls, wrong, none]) {
      expect(said).toContain('\nRedisAwayError');
    }
  },
);

/** As docs/operations.md names them. */
const rights = '~truetape* &truetape* +@all -@admin -@dangerous +info'.split(' ');

test.skipIf(!hasRedis)(
  'a user with the rights that are documented is enough; one with fewer is told, once, without names',
  async () => {
    const on = await RedisBench.open();
    closing.push(() => on.close());
    await on.command(['ACL', 'SETUSER', 'desk', 'on', '>s3cret', ...rights]);
    on.login = 'desk:s3cret@';
    const engine = new MadeFeed(['BTC-USDT']);
    on.ingest(engine);
    const feed = on.feed();
    const heard = new HeardFeed(feed);
    feed.want(new Set(['trades.BTC-USDT', 'price.BTC-USDT', 'health']));
    await on.until(() => engine.wanted.has('trades.BTC-USDT'), 'the want');
    engine.tick();
    await on.until(() => heard.events.length === 1 && heard.states.length > 0, 'a tick');
    const request = {
      market: 'BTC-USDT',
      venue: null,
      interval: '1m',
      limit: 1,
      before: null,
    } as const;
    expect((await feed.candles(request)).problem).toBeNull();
    const port = on.port();
    await on.until(() => port.isUp(), 'a way to Redis');
    await port.append('revocations', new Uint8Array([1]), 60_000);
    expect((await port.readLog('revocations', '0')).entries).toHaveLength(1);
    await port.makeRoom();
    expect(on.logged.filter((text) => text.includes('NOPERM'))).toEqual([]);
    await on.command(['ACL', 'SETUSER', 'desk', '-@scripting']);
    await on.until(() => heard.links.at(-1) === false, 'the loss of the feed');
    expect(heard.messages.at(-1)).toMatch(/does not let this user .* docs\/operations\.md/);
    await on.command(['ACL', 'SETUSER', 'desk', '+@scripting']);
    await on.until(() => heard.links.at(-1) === true, 'the feed');
    const said = on.logged.filter((text) => text.includes('NOPERM'));
    expect(said.length).toBeLessThanOrEqual(4);
    expect(on.logged.join('\n')).not.toMatch(/s3cret|desk/);
  },
);
