import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startDesktop } from '../../../src/main/desktop/startDesktop.ts';
import { channels } from '../../../src/shared/channels.ts';
import { eventually } from '../../support/eventually.ts';
import {
  BrowserWindow,
  FakeFrame,
  FakeWebContents,
  app,
  dialog,
  ipcMain,
  powerMonitor,
  protocol,
  resetFakeElectron,
  screen,
  session,
  shell,
} from '../../support/fakeElectron.ts';
import type { FakePort } from '../../support/fakeElectron.ts';
import { createFakeEngineHost } from '../../support/fakeEngineHost.ts';
import type { FakeEngineHost } from '../../support/fakeEngineHost.ts';

let host: FakeEngineHost;
let profile: string;
let logged: string[];

beforeEach(() => {
  resetFakeElectron();
  host = createFakeEngineHost();
  logged = [];
  profile = mkdtempSync(join(tmpdir(), 'truetape-profile-'));
  mkdirSync(join(profile, 'renderer'));
  writeFileSync(join(profile, 'renderer', 'index.html'), '<!doctype html>');
  writeFileSync(join(profile, 'settings.txt'), 'private');
});

afterEach(() => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  rmSync(profile, { recursive: true });
});

function start(changes: { readonly createHost?: () => Promise<FakeEngineHost> } = {}) {
  return startDesktop({
    rendererFolder: join(profile, 'renderer'),
    preloadFile: '/preload/index.cjs',
    profile,
    keepPlaces: true,
    createHost: () => Promise.resolve(host),
    log: (entry) => logged.push(entry.text),
    ...changes,
  });
}

function onlyWindow(): BrowserWindow {
  const [window] = BrowserWindow.opened.slice(-1);
  if (window === undefined) throw new Error('no window is open');
  return window;
}

function requestPort(
  window: BrowserWindow,
  frame: FakeFrame | null = window.webContents.mainFrame,
) {
  ipcMain.receive(channels.requestPort, { sender: window.webContents, senderFrame: frame });
}

function portOf(frame: FakeFrame): FakePort {
  const [message] = frame.messages.slice(-1);
  const [port] = message?.ports ?? [];
  if (message?.channel !== channels.providePort || port === undefined) throw new Error('no port');
  return port;
}

/** Turns of the loop, for messages and closes to arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('opens a window with everything of Node shut out', async () => {
  await start();
  const { options } = onlyWindow();
  expect(options).toMatchObject({
    frame: process.platform === 'darwin',
    show: false,
    webPreferences: {
      preload: '/preload/index.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  expect(onlyWindow().webContents.getURL()).toBe('app://truetape/?window=main');
  expect(protocol.isRegistered).toBe(true);
});

test('serves pages with the strict policy, and nothing beside their folder', async () => {
  await start();
  const ask = (address: string) => protocol.handler?.(new Request(address));
  const page = await ask('app://truetape/?window=main');
  expect(page?.status).toBe(200);
  expect(page?.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self';/,
  );
  for (const address of [
    'app://truetape/..%2fsettings.txt',
    'app://truetape/%2e%2e/settings.txt',
    'app://truetape/..%5csettings.txt',
    'app://truetape/%00',
    'app://truetape/%',
    'app://other/index.html',
    'app://truetape/assets',
  ]) {
    const answer = await ask(address);
    expect([answer?.status, await answer?.text()], address).toEqual([
      404,
      'There is no such page.',
    ]);
  }
});

test('hands a page its port and carries bytes both ways', async () => {
  await start();
  requestPort(onlyWindow());
  const port = portOf(onlyWindow().webContents.mainFrame);
  const received: unknown[] = [];
  port.on('message', (event: { data: unknown }) => received.push(event.data));
  port.start();
  const [attached] = host.sessions;
  const pooled = Buffer.from('tape');
  attached?.transport.send(pooled);
  attached?.transport.send(new Uint8Array(new ArrayBuffer(8), 2, 3));
  port.postMessage(new Uint8Array([7]));
  await turns();
  expect(attached?.window.window).toBe('main');
  expect(attached?.received).toEqual([new Uint8Array([7])]);
  expect(received).toEqual([new Uint8Array(pooled), new Uint8Array(3)]);
  for (const bytes of received) {
    expect(bytes instanceof Uint8Array && bytes.buffer.byteLength).toBe(
      (bytes as Uint8Array).length,
    );
  }
});

test('keeps what a page sends before the engine listens, and tells a close once', async () => {
  host.attach = () => undefined;
  const attach = vi.spyOn(host, 'attach');
  await start();
  requestPort(onlyWindow());
  const port = portOf(onlyWindow().webContents.mainFrame);
  port.postMessage(new Uint8Array([1]));
  await turns();
  const transport = attach.mock.calls[0]?.[0];
  const received: Uint8Array[] = [];
  const reasons: string[] = [];
  transport?.onMessage((bytes) => received.push(bytes));
  transport?.onClose((reason) => reasons.push(reason));
  port.close();
  await turns();
  transport?.close();
  transport?.send(new Uint8Array([1]));
  expect(received).toEqual([new Uint8Array([1])]);
  expect(reasons).toEqual(['the page closed its port']);
});

test('gives a page whose port broke another one, with a session of its own [R06]', async () => {
  await start();
  requestPort(onlyWindow());
  const first = portOf(onlyWindow().webContents.mainFrame);
  const uncloneable = (): void => undefined;
  expect(() => {
    // A MessagePort knows no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    first.postMessage(uncloneable);
  }).toThrow(/could not be cloned/);
  await turns();
  expect(host.sessions[0]?.closeReason).toBe('the page closed its port');
  requestPort(onlyWindow());
  expect(portOf(onlyWindow().webContents.mainFrame)).not.toBe(first);
  expect(host.sessions.map((session) => session.closeReason !== null)).toEqual([true, false]);
});

test('ends the former session when a page asks again before its port was seen to close [R08]', async () => {
  await start();
  requestPort(onlyWindow());
  onlyWindow().webContents.reload();
  requestPort(onlyWindow());
  host.sessions[0]?.transport.send(new Uint8Array([1]));
  await turns();
  expect(host.sessions.map((session) => session.closeReason)).toEqual(['closed by the host', null]);
});

test('refuses calls that are foreign, late or malformed, without any effect [R09]', async () => {
  await start();
  const window = onlyWindow();
  const { mainFrame } = window.webContents;
  const gone = new FakeFrame('app://truetape/?window=main');
  gone.isGone = true;
  requestPort(window, new FakeFrame('app://truetape/?window=main'));
  requestPort(window, gone);
  requestPort(window, null);
  ipcMain.receive(channels.requestPort, { sender: new FakeWebContents(), senderFrame: mainFrame });
  ipcMain.receive(
    channels.requestPort,
    { sender: window.webContents, senderFrame: mainFrame },
    { a: 1 },
  );
  ipcMain.receive(
    channels.requestPort,
    { sender: window.webContents, senderFrame: mainFrame },
    null,
    1,
  );
  ipcMain.receive('another:channel', { sender: window.webContents, senderFrame: mainFrame });
  window.webContents.navigate('https://evil.example/');
  requestPort(window);
  expect(host.sessions).toEqual([]);
  expect(mainFrame.messages).toEqual([]);
  expect(logged.filter((text) => text.includes('refused'))).toHaveLength(7);
});

test('ignores messages on the port that are no bytes', async () => {
  await start();
  requestPort(onlyWindow());
  const port = portOf(onlyWindow().webContents.mainFrame);
  for (const message of ['text', { type: 'command' }, null, 7, [1], new Uint16Array(2)]) {
    port.postMessage(message);
  }
  port.postMessage(new Uint8Array([5]));
  await turns();
  expect(host.sessions[0]?.received).toEqual([new Uint8Array([5])]);
  expect(host.sessions[0]?.closeReason).toBeNull();
});

test('lets a page go nowhere and opens only the two known links, outside', async () => {
  await start();
  const { webContents } = onlyWindow();
  const refused = [
    'https://evil.example/',
    'app://truetape/?window=other',
    'app://other/',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ];
  expect(refused.map((address) => webContents.tryNavigate(address))).toEqual(
    refused.map(() => false),
  );
  expect(webContents.tryNavigate('app://truetape/?window=main')).toBe(true);
  expect(webContents.tryNavigate('app://truetape/?window=main', false)).toBe(false);
  const opened = [
    'https://www.tradingview.com/?utm_source=app',
    'https://www.tradingview.com.evil.example/',
    'http://www.tradingview.com/',
    'https://evil.example/',
    'file:///etc/passwd',
  ].map((url) => webContents.windowOpenHandler({ url }).action);
  expect(opened).toEqual(['deny', 'deny', 'deny', 'deny', 'deny']);
  expect(shell.opened).toEqual(['https://www.tradingview.com/']);
});

test('refuses every permission', async () => {
  await start();
  const pages = session.defaultSession;
  const answers: boolean[] = [];
  pages.permissionRequest?.(null, 'media', (ok) => answers.push(ok));
  expect(answers).toEqual([false]);
  expect([pages.permissionCheck?.(), pages.devicePermission?.(), pages.spellChecker]).toEqual([
    false,
    false,
    false,
  ]);
});

test('tells the engine when a window is hidden, minimized and shown', async () => {
  await start();
  await turns();
  const window = onlyWindow();
  window.minimize();
  window.restore();
  window.hide();
  window.show();
  expect(host.visibility).toEqual(
    [true, false, true, false, true].map((visible) => ({ window: 'main', visible })),
  );
});

test('opens a torn-off panel as a window of its own, where its screens can show it', async () => {
  await start();
  requestPort(onlyWindow());
  const bounds = { x: 5000.4, y: 3000.2, width: 800.6, height: 600 };
  const opened = await host.sessions[0]?.window.openWindow({
    layout: '{}',
    bounds,
    isReplay: false,
  });
  expect(opened).toEqual({ window: expect.stringMatching(/^w-[0-9a-f]{12}$/), address: null });
  expect(onlyWindow().getNormalBounds()).toEqual({ x: 1119, y: 440, width: 801, height: 600 });
  expect(onlyWindow().webContents.getURL()).toBe(`app://truetape/?window=${opened?.window}`);
  requestPort(onlyWindow());
  expect(host.sessions.map((session) => session.window.window)).toEqual(['main', opened?.window]);
});

test('opens the window of a replay beside the one that asked, and shows files to the person', async () => {
  await start();
  requestPort(onlyWindow());
  const first = onlyWindow();
  first.setBounds({ x: 100, y: 50, width: 900, height: 700 });
  const attached = host.sessions[0]?.window;
  const opened = await attached?.openWindow({ layout: '', bounds: null, isReplay: true });
  expect(opened?.window).toMatch(/^replay-[0-9a-f]{12}$/);
  expect(onlyWindow().getNormalBounds()).toEqual({ x: 132, y: 82, width: 900, height: 700 });
  attached?.revealPath?.('/profile/recordings/a');
  expect(shell.revealed).toEqual(['/profile/recordings/a']);
});

test('obeys the title bar of its own window only', async () => {
  await start();
  requestPort(onlyWindow());
  const first = onlyWindow();
  const attached = host.sessions[0]?.window;
  await attached?.openWindow({
    ...{ layout: '{}', isReplay: false },
    bounds: { x: 0, y: 0, width: 500, height: 400 },
  });
  attached?.windowControl('maximize');
  expect([first.isMaximized(), onlyWindow().isMaximized()]).toEqual([true, false]);
  attached?.windowControl('maximize');
  attached?.windowControl('minimize');
  expect([first.isMaximized(), first.isMinimized()]).toEqual([false, true]);
  attached?.windowControl('close');
  attached?.windowControl('close');
  expect([first.isDestroyed(), onlyWindow().isDestroyed()]).toEqual([true, false]);
});

test('brings back the windows of the last run where they were', async () => {
  await start();
  requestPort(onlyWindow());
  const first = onlyWindow();
  await host.sessions[0]?.window.openWindow({
    ...{ layout: '{}', isReplay: false },
    bounds: { x: 700, y: 100, width: 640, height: 480 },
  });
  first.setBounds({ x: 20, y: 30, width: 900, height: 700 });
  app.quit();
  await eventually(() => {
    expect(app.exitCode).toBe(0);
  });
  resetFakeElectron();
  await start();
  expect(BrowserWindow.opened.map((window) => window.getNormalBounds())).toEqual([
    { x: 20, y: 30, width: 900, height: 700 },
    { x: 700, y: 100, width: 640, height: 480 },
  ]);
});

test('forgets a window that was closed while others stayed', async () => {
  await start();
  requestPort(onlyWindow());
  const bounds = { x: 0, y: 0, width: 500, height: 400 };
  await host.sessions[0]?.window.openWindow({ layout: '{}', bounds, isReplay: false });
  onlyWindow().close();
  app.quit();
  const saved = JSON.parse(readFileSync(join(profile, 'windows.json'), 'utf8')) as {
    windows: { id: string }[];
  };
  expect(saved.windows.map((window) => window.id)).toEqual(['main']);
});

test('opens the last window again where it was when it was closed', async () => {
  await start();
  onlyWindow().setBounds({ x: 40, y: 50, width: 700, height: 500 });
  onlyWindow().close();
  await eventually(() => {
    expect(app.exitCode).toBe(process.platform === 'darwin' ? null : 0);
  });
  resetFakeElectron();
  await start();
  expect(onlyWindow().getNormalBounds()).toEqual({ x: 40, y: 50, width: 700, height: 500 });
});

test('keeps title bars in reach when a screen goes, and returns when it comes back [L01]', async () => {
  const left = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } };
  const right = { id: 2, workArea: { x: 1920, y: -200, width: 2560, height: 1400 } };
  screen.displays = [left, right];
  await start();
  const window = onlyWindow();
  const wanted = { x: 2400, y: -100, width: 1200, height: 900 };
  window.setBounds(wanted);
  screen.change([left]);
  expect(window.getNormalBounds()).toEqual({ x: 720, y: 0, width: 1200, height: 900 });
  screen.change([left, right], 'display-added');
  expect(window.getNormalBounds()).toEqual(wanted);
  window.minimize();
  screen.change([left]);
  window.restore();
  expect(window.getNormalBounds()).toEqual({ x: 720, y: 0, width: 1200, height: 900 });
});

test.each([
  ['empty', ''],
  ['cut off', '{"version":1,"windows":[{"id":"ma'],
  ['of a newer version', '{"version":2,"windows":[]}'],
  ['hostile', '{"version":1,"windows":[{"id":"../..","bounds":null,"maximized":false}]}'],
])(
  'starts with one window and sets the file aside when places are %s [S06]',
  async (_case, text) => {
    writeFileSync(join(profile, 'windows.json'), text);
    await start();
    expect(BrowserWindow.opened).toHaveLength(1);
    expect(onlyWindow().getNormalBounds()).toEqual({ x: 160, y: 20, width: 1600, height: 1000 });
    expect(readFileSync(join(profile, 'windows.json.unreadable'), 'utf8')).toBe(text);
  },
);

test('loads a crashed page again at once, and asks after the third crash in a minute [R03] [R04]', async () => {
  await start();
  const { webContents } = onlyWindow();
  const crash = (reason = 'crashed') => webContents.emit('render-process-gone', {}, { reason });
  crash();
  crash('killed');
  expect([webContents.reloads, dialog.questions]).toEqual([2, []]);
  crash('clean-exit');
  expect(webContents.reloads).toBe(2);
  crash();
  expect(dialog.questions).toEqual(['This window keeps failing.']);
  await turns();
  expect(webContents.reloads).toBe(3);
  dialog.answer = 1;
  crash('oom');
  await turns();
  expect(onlyWindow().isDestroyed()).toBe(true);
  expect(host.closes).toBe(1);
});

test('offers to reload a page that hangs, once at a time [R05]', async () => {
  await start();
  onlyWindow().emit('unresponsive');
  onlyWindow().emit('unresponsive');
  expect(dialog.questions).toEqual(['This window does not answer.']);
  await turns();
  expect(onlyWindow().webContents.reloads).toBe(1);
});

test('tells the engine that the machine has slept [N15]', async () => {
  await start();
  powerMonitor.emit('resume');
  expect(host.wakes).toBe(1);
});

test('closes the engine before it exits, also on a stop signal', async () => {
  await start();
  process.emit('SIGTERM');
  expect(app.exitCode).toBeNull();
  await eventually(() => {
    expect([app.exitCode, host.closes]).toEqual([0, 1]);
  });
});

test('exits with a failure when the engine does not close', async () => {
  vi.useFakeTimers();
  await start();
  host.close = () => new Promise(() => undefined);
  app.quit();
  await vi.advanceTimersByTimeAsync(5000);
  vi.useRealTimers();
  expect(app.exitCode).toBe(1);
});

test('gives way to the first instance, which comes forward [S07]', async () => {
  app.isFirstInstance = false;
  await start();
  expect([BrowserWindow.opened, app.exitCode]).toEqual([[], 0]);
  resetFakeElectron();
  await start();
  const window = onlyWindow();
  window.minimize();
  window.hide();
  app.emit('second-instance');
  expect([window.isMinimized(), window.isShown]).toEqual([false, true]);
});

test('says in one sentence why it cannot start', async () => {
  await start({ createHost: () => Promise.reject(new Error('The profile is in use.')) });
  expect([dialog.errors, app.exitCode, BrowserWindow.opened]).toEqual([
    ['The profile is in use.'],
    1,
    [],
  ]);
});
