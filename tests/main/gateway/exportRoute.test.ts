import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dispositionOf } from '../../../src/main/gateway/exportRoute.ts';
import { startGateway } from '../../../src/main/gateway/startGateway.ts';
import type { Gateway } from '../../../src/main/gateway/startGateway.ts';
import { createFakeEngineHost } from '../../support/fakeEngineHost.ts';
import { createPublishingFeed } from '../../support/publishingFeed.ts';

let gateway: Gateway;
let folder: string;
let origin: string;
let cookie: string;
const asked: number[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-exports-'));
  mkdirSync(join(folder, 'renderer'));
  writeFileSync(join(folder, 'renderer', 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'trades.csv'), 'a,b\r\n'.repeat(50_000));
  asked.length = 0;
  const host = createFakeEngineHost();
  host.exportFile = (id) => {
    asked.push(id);
    const found = { path: join(folder, 'trades.csv'), fileName: 'сделки "1".csv' };
    const gone = { path: join(folder, 'gone.csv'), fileName: 'gone.csv' };
    return Promise.resolve(id === 7 ? found : id === 8 ? gone : null);
  };
  gateway = await startGateway({
    ...{ host, rendererFolder: join(folder, 'renderer'), hostname: '127.0.0.1', port: 0 },
    ...{ appVersion: '1.2.3', log: () => undefined, openFeed: () => createPublishingFeed() },
  });
  origin = `http://127.0.0.1:${gateway.port}`;
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: new URL(gateway.address).hash.slice('#key='.length) }),
  });
  cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
});

afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

test('a finished export is a download of its own name for who has a session', async () => {
  const answer = await fetch(`${origin}/api/exports/7`, { headers: { cookie } });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('a,b\r\n'.repeat(50_000));
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-length': '250000',
    'content-disposition': dispositionOf('сделки "1".csv'),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
});

test('without a session, or for a page of another site, there is nothing', async () => {
  expect((await fetch(`${origin}/api/exports/7`)).status).toBe(401);
  const wrong = `truetape-${gateway.port}=wrong`;
  expect((await fetch(`${origin}/api/exports/7`, { headers: { cookie: wrong } })).status).toBe(401);
  const foreign = { cookie, origin: 'https://example.com' };
  expect((await fetch(`${origin}/api/exports/7`, { headers: foreign })).status).toBe(403);
  expect(asked).toEqual([]);
});

test('[S10] only numbers of exports are looked for, never names or paths', async () => {
  const paths = ['9', '8', '0', '-7', '7.0', '07', '7e0', 'trades.csv', '..%2ftrades.csv'];
  for (const path of [...paths, '%2e%2e/x', '7/..', '9'.repeat(30)]) {
    const answer = await fetch(`${origin}/api/exports/${path}`, { headers: { cookie } });
    expect(answer.status, path).toBe(404);
  }
  expect(asked).toEqual([9, 8]);
});

test('a name in a header stays one name', () => {
  expect(dispositionOf('a"; filename="b.html\r\nX: y')).toBe(
    `attachment; filename="a__ filename__b.html__X_ y"; filename*=UTF-8''a%22%3B%20filename%3D%22b.html%0D%0AX%3A%20y`,
  );
});
