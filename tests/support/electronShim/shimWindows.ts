import type { ChildProcess } from 'node:child_process';
import type { BrowserContext, Page } from '@playwright/test';
import type { ShimReport, ShimRequest } from './messages.ts';
import { pageScript } from './pageScript.ts';

/** The test's half of the shim: opens a page of its browser for each window that the main process asks for. */
export class ShimWindows {
  readonly pages = new Map<number, Page>();
  readonly externalAddresses: string[] = [];
  private readonly context: BrowserContext;
  private readonly preload: string;
  private readonly child: ChildProcess;
  private readonly onPage: (page: Page) => void;

  constructor(
    child: ChildProcess,
    options: {
      readonly context: BrowserContext;
      /** Source text of the built preload. */
      readonly preload: string;
      /** Called before the page loads. */
      readonly onPage: (page: Page) => void;
    },
  ) {
    this.child = child;
    this.context = options.context;
    this.preload = options.preload;
    this.onPage = options.onPage;
    child.on('message', (request: ShimRequest) => {
      this.obey(request).catch(() => {
        // The browser is being closed.
      });
    });
  }

  private async obey(request: ShimRequest): Promise<void> {
    switch (request.type) {
      case 'open':
        await this.open(request);
        return;
      case 'load':
        await this.pages.get(request.contents)?.goto(request.address);
        return;
      case 'reload':
        await this.pages.get(request.contents)?.reload();
        return;
      case 'close':
        await this.pages.get(request.contents)?.close();
        return;
      case 'external':
        this.externalAddresses.push(request.address);
    }
  }

  private async open(request: Extract<ShimRequest, { readonly type: 'open' }>): Promise<void> {
    const { contents, address, width, height } = request;
    const page = await this.context.newPage();
    this.pages.set(contents, page);
    this.onPage(page);
    page.once('close', () => {
      this.pages.delete(contents);
      this.report({ type: 'closed', contents });
    });
    await page.setViewportSize({ width, height });
    await page.addInitScript({ content: pageScript(this.preload, contents) });
    const answer = await page.goto(address, { waitUntil: 'domcontentloaded' });
    this.report({ type: 'opened', contents, ok: answer?.ok() ?? false });
  }

  private report(report: ShimReport): void {
    if (this.child.connected) this.child.send(report);
  }
}
