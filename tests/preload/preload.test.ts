import type * as FakeElectronModule from '../support/fakeElectron.ts';
import { beforeEach, expect, test, vi } from 'vitest';
import { channels } from '../../src/shared/channels.ts';

const origin = 'app://truetape';

/** The little of a page's window that the preload touches. */
class FakePageWindow extends EventTarget {
  readonly location = { origin };
  readonly posted: {
    readonly message: unknown;
    readonly target: string;
    readonly ports: unknown;
  }[] = [];

  postMessage(message: unknown, target: string, ports: unknown): void {
    this.posted.push({ message, target, ports });
  }

  /** A message event as a page's own scripts, or a frame in it, would cause. */
  receive(data: unknown, source: unknown = this, from = origin): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data, source, origin: from }));
  }
}

type FakeElectron = typeof FakeElectronModule;

let page: FakePageWindow;
let ipcRenderer: FakeElectron['ipcRenderer'];

beforeEach(async () => {
  page = new FakePageWindow();
  vi.stubGlobal('window', page);
  vi.resetModules();
  ({ ipcRenderer } = await import('../support/fakeElectron.ts'));
  await import('../../src/preload/index.ts');
});

test('asks for a port once the page listens, and forwards it to the page only', () => {
  expect(ipcRenderer.sent).toEqual([]);
  page.dispatchEvent(new Event('DOMContentLoaded'));
  expect(ipcRenderer.sent).toEqual([{ channel: channels.requestPort, args: [] }]);
  const port = { port: 1 };
  ipcRenderer.emit(channels.providePort, { ports: [port] });
  ipcRenderer.emit(channels.providePort, { ports: [] });
  expect(page.posted).toEqual([
    { message: { type: channels.pageHello }, target: origin, ports: [port] },
  ]);
});

test('asks again when the page itself wants another port, and for nobody else', () => {
  page.receive({ type: channels.requestPort }, {}, origin);
  page.receive({ type: channels.requestPort }, page, 'https://evil.example');
  page.receive({ type: channels.pageHello });
  page.receive('text');
  page.receive(null);
  expect(ipcRenderer.sent).toEqual([]);
  page.receive({ type: channels.requestPort });
  expect(ipcRenderer.sent).toEqual([{ channel: channels.requestPort, args: [] }]);
});
