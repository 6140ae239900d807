import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseHost } from '../../scripts/start/chooseHost.ts';
import { downloadElectron } from '../../scripts/start/downloadElectron.ts';
import { electronRelease } from '../../scripts/start/electronRelease.ts';

let packageFolder: string;
let closers: (() => void)[];

beforeEach(() => {
  closers = [];
  packageFolder = mkdtempSync(join(tmpdir(), 'truetape-electron-package-'));
  writeFileSync(join(packageFolder, 'package.json'), '{"name":"electron","version":"45.4.1"}');
  // As the real one: downloads with no time limit and writes path.txt at the end.
  writeFileSync(
    join(packageFolder, 'install.js'),
    `const fs = require('fs'), path = require('path'), os = require('os');
     const target = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'electron-download-')), 'a.zip');
     fetch(process.env.ELECTRON_MIRROR + 'zip').then(async (answer) => {
       for await (const chunk of answer.body) fs.appendFileSync(target, chunk);
       fs.mkdirSync(path.join(__dirname, 'dist'));
       fs.writeFileSync(path.join(__dirname, 'dist', 'electron'), '');
       fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron');
     });`,
  );
});

afterEach(() => {
  for (const close of closers) close();
  rmSync(packageFolder, { recursive: true });
});

function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    });
  });
}

/** Accepts and never answers: what a broken proxy or a firewall does. */
const openSilentHost = () => listen(createServer());

/** Answers HEAD, and sends this much of the file before it falls silent; null sends all of it. */
function openDownloadHost(sentBytes: number | null): Promise<string> {
  return listen(
    createHttpServer((request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      if (request.method === 'HEAD') response.end();
      else if (sentBytes === null) response.end(Buffer.alloc(1000));
      else if (sentBytes > 0) response.write(Buffer.alloc(sentBytes));
      else response.flushHeaders();
    }),
  );
}

function choose(environment: Readonly<Record<string, string>>, changes: object = {}) {
  return chooseHost({
    environment: { electron_config_cache: join(packageFolder, 'cache'), ...environment },
    packageFolder,
    hasDisplay: true,
    mayDownload: true,
    say: () => undefined,
    // What answers is given its time: a process begins slowly on a busy machine.
    probeLimitMs: 50_000,
    downloadLimits: { firstByteMs: 50_000, stallMs: 50_000 },
    ...changes,
  });
}

test('opens the browser after 4 s when the download host accepts and never answers', async () => {
  const asItIs = { probeLimitMs: undefined };
  const choice = await choose({ ELECTRON_MIRROR: await openSilentHost() }, asItIs);
  expect(choice).toEqual({
    type: 'gateway',
    reason: 'Electron is not here and its download did not answer within 4 s.',
  });
});

test('opens the browser at once when the name of the download host is unknown', async () => {
  const choice = await choose({ ELECTRON_MIRROR: 'https://nowhere.invalid/' });
  expect(choice).toEqual({
    type: 'gateway',
    reason: 'Electron is not here and its download cannot be reached.',
  });
});

test('says what the download host answered', async () => {
  const mirror = await listen(
    createHttpServer((_request, response) => {
      response.writeHead(404).end();
    }),
  );
  expect(await choose({ ELECTRON_MIRROR: mirror })).toMatchObject({
    reason: 'Electron is not here and its download answered 404.',
  });
});

test('installs the binary where the download answers, and opens the desktop', async () => {
  const mirror = await openDownloadHost(null);
  const choice = await choose({ ELECTRON_MIRROR: mirror });
  expect(choice).toEqual({ type: 'desktop', binary: join(packageFolder, 'dist', 'electron') });
});

test.each([
  ['before the first byte', 0],
  ['half way', 500],
])('gives up a download that falls silent %s', async (_when, sentBytes) => {
  const mirror = await openDownloadHost(sentBytes);
  const isInstalled = await downloadElectron(
    packageFolder,
    { ...process.env, ELECTRON_MIRROR: mirror },
    { firstByteMs: 1000, stallMs: 1000 },
  );
  expect(isInstalled).toBe(false);
});

test('uses a binary that is here without asking anyone', async () => {
  mkdirSync(join(packageFolder, 'dist'));
  writeFileSync(join(packageFolder, 'dist', 'electron'), '');
  writeFileSync(join(packageFolder, 'path.txt'), 'electron');
  const binary = join(packageFolder, 'dist', 'electron');
  const nowhere = { ELECTRON_MIRROR: 'https://nowhere.invalid/' };
  expect(await choose(nowhere)).toEqual({ type: 'desktop', binary });
  const elsewhere = { ELECTRON_OVERRIDE_DIST_PATH: join(packageFolder, 'dist') };
  expect(await choose(elsewhere)).toEqual({ type: 'desktop', binary });
  expect(await choose({ ...nowhere, TRUETAPE_HOST: 'gateway' })).toMatchObject({ type: 'gateway' });
  expect(await choose(nowhere, { hasDisplay: false })).toEqual({
    type: 'gateway',
    reason: 'No display here.',
  });
});

test('never downloads for the offline demonstration', async () => {
  const mirror = await openDownloadHost(null);
  expect(await choose({ ELECTRON_MIRROR: mirror }, { mayDownload: false })).toEqual({
    type: 'gateway',
    reason: 'Electron is not here and nothing is downloaded for this.',
  });
});

test('fails with what to do when a host is forced that cannot be had, or is unknown', async () => {
  const forced = { ELECTRON_MIRROR: 'https://nowhere.invalid/', TRUETAPE_HOST: 'electron' };
  await expect(choose(forced)).rejects.toThrow(
    /cannot be reached\. Leave out TRUETAPE_HOST=electron/,
  );
  await expect(choose({ TRUETAPE_HOST: 'tablet' })).rejects.toThrow(/electron or gateway/);
});

test('asks the same address as the installer', () => {
  const file = `electron-v45.4.1-${process.platform}-${process.arch}.zip`;
  expect(electronRelease(packageFolder, {}).address).toBe(
    `https://github.com/electron/electron/releases/download/v45.4.1/${file}`,
  );
  const mirrored = { ELECTRON_MIRROR: 'https://mirror/', ELECTRON_CUSTOM_DIR: '{{ version }}' };
  expect(electronRelease(packageFolder, mirrored).address).toBe(`https://mirror/45.4.1/${file}`);
  expect(
    electronRelease(packageFolder, { npm_config_electron_mirror: 'https://rc/' }).address,
  ).toBe(`https://rc/v45.4.1/${file}`);
});
