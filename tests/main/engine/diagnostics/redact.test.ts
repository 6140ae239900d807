import { expect, test } from 'vitest';
import { LogRing } from '../../../../src/main/engine/diagnostics/logRing.ts';
import { redactorHere } from '../../../../src/main/engine/diagnostics/machine.ts';

const redactor = redactorHere({ home: '/home/jordan', user: 'jordan', host: 'jordans-laptop' });

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P';

test.each([
  ['a token of a query', 'GET /ws?token=s3cretvalue&x=1', ['s3cretvalue']],
  ['a signed web token', `refused: ${jwt}`, [jwt, 'eyJzdWIi']],
  ['an authorization', 'authorization: Bearer abcdef123456.ghi', ['abcdef123456']],
  ['cookies', 'Set-Cookie: sid=abc123; id=def456\nnext line', ['abc123', 'def456']],
  ['a key of a venue', 'apiKey="Zk93kdLs92"', ['Zk93kdLs92']],
  ['a key of 64 letters', `key ${'a1B2'.repeat(16)} refused`, ['a1B2a1B2']],
  ['a key with dashes', 'id 1f2e3d4c-5b6a-7988-9701-2a3b4c5d6e7f', ['1f2e3d4c', '2a3b4c5d6e7f']],
  ['a url-safe key', 'one-time Ab3dEf6hIj9kLm2nOp5q-Rs8tUv', ['Ab3dEf6hIj9k']],
  [
    'a private key',
    '-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----',
    ['MHcCAQ'],
  ],
  ['a user of an address', 'wss://anna:pass1@stream.bybit.com/v5', ['anna', 'pass1']],
  [
    'a home folder',
    'cannot open /home/jordan/.local/share/truetape/a.sqlite',
    ['jordan', '.local'],
  ],
  ['a folder with a space', 'open /Users/Anna Lee/secret plans/a.txt', ['Anna', 'Lee', 'secret']],
  [
    'a Windows folder',
    'open C:\\Users\\Anna Lee\\AppData\\a.db failed',
    ['Anna', 'Lee', 'AppData'],
  ],
  ['a shared folder', 'open \\\\fileserver\\books\\a.db', ['fileserver', 'books']],
  ['a folder anywhere', 'open /data/recordings/jo/a.gz', ['recordings', '/data/']],
  ['a file address', 'at file:///opt/app/out/main/cli.js:12', ['/opt', 'cli.js']],
  ['an address of version 4', 'connect ECONNREFUSED 192.168.1.20:443', ['192.168.1.20']],
  ['an address of version 6', 'connect to fe80::1ff:fe23:4567:890a%eth0 failed', ['fe80', '890a']],
  ['a long address', 'from 2001:db8:85a3:0:0:8a2e:370:7334', ['2001', '7334']],
  ['a relay', 'wss://relay.mycompany.internal:8443/ws is down', ['mycompany', 'relay']],
  ['a host without a dot', 'http://nas:8080/x refused', ['nas:8080', '//nas']],
  ['a name of the network', 'getaddrinfo ENOTFOUND proxy.corp.lan', ['proxy', 'corp.lan']],
  ['this machine', 'Jordans-Laptop says hello', ['Jordans-Laptop']],
  ['this user', 'EACCES for user jordan', ['jordan']],
  ['a mail address', 'write to anna.lee@mail.example.com', ['anna', 'mail.example']],
])('takes out %s', (_what, text, secrets) => {
  const found = redactor.text(text);
  for (const secret of secrets) expect(found).not.toContain(secret);
});

test.each([
  'binance#1 connecting',
  'okx-business#1 stream candle1m BTC-USDT connected',
  'close code 1006: reset',
  'sequence: had 48211907, got 48211911',
  'publicTrade.BTCUSDT: No message for 2.4 s: asking the venue.',
  'connect wss://stream.bybit.com/v5/public/spot',
  'getaddrinfo EAI_AGAIN data-stream.binance.vision',
  'GET /api/v3/depth?symbol=BTCUSDT&limit=1000 took 84 ms',
  '14:32:07.123 gap of 12:30 min, 2026-11-21T14:32:07.123Z',
  'Node 24.21.0, version 0.1.0',
  'BTC-USDT-PERP 0.00012345 x 12.5',
])('keeps what a fault is found by: %s', (text) => {
  expect(redactor.text(text)).toBe(text);
});

test('values are gone through to the end, by their names too', () => {
  const value = redactor.value({
    ...{
      apiKey: 'short',
      nested: [{ Password: 'x1', note: 'token=abcdef' }],
      count: 3,
      none: null,
    },
    '/home/jordan/x': true,
  });
  expect(value).toEqual({
    ...{ apiKey: '[redacted]', count: 3, none: null },
    nested: [{ Password: '[redacted]', note: 'token=[redacted]' }],
    '[path]': true,
  });
  let deep: unknown = 'token=abcdef';
  for (let depth = 0; depth < 40; depth += 1) deep = { deep };
  expect(JSON.stringify(redactor.value(deep))).not.toContain('abcdef');
});

test('a text is cut behind what was taken out of it, so that no half of a key is left', () => {
  const key = 'a1B2'.repeat(16);
  for (let before = 2_000; before < 2_060; before += 1) {
    const found = redactor.text(`${'x '.repeat(before / 2)}${key} and ${'y '.repeat(9_000)}`);
    expect(found.length).toBeLessThanOrEqual(2_048);
    expect(found).not.toContain('a1B2');
  }
});

test('what was shortened by taking things out shows no half of a key from the end of what was read', () => {
  for (let before = 4_030; before < 4_096; before += 1) {
    const found = redactor.text(`token=${'x'.repeat(before - 7)} ${'a1B2'.repeat(16)} and more`);
    expect(found).not.toContain('a1B');
  }
});

test('log lines are redacted before they are cut', () => {
  const ring = new LogRing(redactor);
  for (let before = 440; before < 500; before += 1) {
    const text = `${'x '.repeat(before / 2)}${'a1B2'.repeat(16)} refused`;
    ring.add({ level: 'info', scope: 'venue', text }, 0);
  }
  expect(ring.list()).toHaveLength(60);
  for (const { text } of ring.list()) {
    expect(text.length).toBeLessThanOrEqual(500);
    expect(text).not.toContain('a1B');
  }
});

test('a text that was redacted stays as it is', () => {
  const once = redactor.text(`token=abcdef; apiKey="Zk93kdLs92", wss://anna:p1@nas:1/x ${jwt}`);
  expect(redactor.text(once)).toBe(once);
});
