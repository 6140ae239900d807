import { act, render } from '@testing-library/react';
import type { RenderResult } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MarketStoreContext } from '../../../src/renderer/store/hooks.ts';
import type { PanelProps } from '../../../src/renderer/workspace/panel.ts';
import type { Command, CommandResult } from '../../../src/shared/bridge.ts';
import type { DataSource, HostStatus } from '../../../src/shared/values.ts';
import { TestPage } from '../store/testPage.ts';

/** What jsdom lacks and a page has: no drawing, and sizes that never change. */
export function installPageStubs(): void {
  HTMLCanvasElement.prototype.getContext = () => null;
  HTMLElement.prototype.scrollIntoView = () => undefined;
  class StillObserver implements ResizeObserver {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  }
  globalThis.ResizeObserver = StillObserver;
  // Boxes of a window, so that libraries which lay out by size find room.
  for (const [name, size] of [
    ['clientWidth', 1600],
    ['clientHeight', 1000],
    ['offsetWidth', 1600],
    ['offsetHeight', 1000],
  ] as const) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
  }
}

export type Answer = (command: Command) => CommandResult<unknown> | undefined;

/** A page whose host answers as the test says, and plausibly otherwise. */
export function createPage(answer: Answer = () => undefined): TestPage {
  const page: TestPage = new TestPage({
    runCommand: (command) => {
      const given = answer(command);
      if (given !== undefined) return Promise.resolve(given);
      if (command.type === 'searchMarkets') return Promise.resolve({ ok: true, value: [] });
      if (command.type === 'loadCandles') {
        return Promise.resolve({
          ok: false,
          code: 'not-available',
          message: 'No history here.',
          candidates: [],
        });
      }
      return Promise.resolve({ ok: true, value: null });
    },
  });
  setSource(page, 'live');
  page.frames.around = (frame) => act(frame);
  return page;
}

/** The store connects as soon as it is made, so a test changes the source as a host would. */
export function setSource(page: TestPage, source: DataSource, changes: Partial<HostStatus> = {}) {
  page.host.status = { ...page.host.status, source, ...changes };
  page.host.switchSource(source);
}

export async function run(page: TestPage, ms: number): Promise<void> {
  await act(() => page.run(ms));
}

/** Some parts wait for real timers, files and imports, the page for its own time: a little of both, again and again. */
export async function until(page: TestPage, isReached: () => boolean): Promise<void> {
  while (!isReached()) {
    await act(() => new Promise((resolve) => setTimeout(resolve, 1)));
    await run(page, 20);
  }
}

export function show(page: TestPage, children: ReactNode): RenderResult {
  return render(<MarketStoreContext value={page.store}>{children}</MarketStoreContext>);
}

export function createPanelProps(changes: Partial<PanelProps> = {}): PanelProps {
  return {
    panelId: 'panel',
    market: 'BTC-USDT',
    interval: '1m',
    group: 1,
    chooseMarket: () => undefined,
    chooseInterval: () => undefined,
    savedOptions: null,
    saveOptions: () => undefined,
    openPanel: () => undefined,
    openHelp: () => undefined,
    openExport: () => undefined,
    openReplay: () => Promise.resolve(),
    importFiles: () => undefined,
    close: () => undefined,
    ...changes,
  };
}
