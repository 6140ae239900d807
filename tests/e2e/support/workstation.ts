import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import type { BrowserContext, Page } from '@playwright/test';
import { ShimWindows } from '../../support/electronShim/shimWindows.ts';
import { stackOfHungHost } from './hungHost.ts';
import { Program, builtMain, root } from './processes.ts';
import type { Ended } from './processes.ts';
import { TestMarket } from './simulator.ts';

/** `desktop`: the built main process and preload, on the stand-in for Electron. */
export type HostKind = 'gateway' | 'desktop';

/** What one page said that it should not have, or asked from elsewhere than this machine. */
export interface PageFaults {
  readonly texts: string[];
  /** While a host goes away, that it cannot be reached is no fault. */
  isHostStopping: boolean;
}

/** A running host with its first page. */
export interface StartedHost {
  readonly page: Page;
  readonly program: Program;
  /** Where a person opens it; null on the desktop. */
  readonly address: string | null;
  /** Pages of all windows, oldest first. */
  pages(): readonly Page[];
}

export interface RunningHost extends StartedHost {
  /** Ends the host as a stop signal does, with its pages open, then closes these. */
  stop(): Promise<Ended>;
}

export interface Workstation {
  readonly hostKind: HostKind;
  readonly profile: string;
  readonly faults: PageFaults;
  start(args: readonly string[]): Promise<RunningHost>;
}

/** A workstation that goes on from test to test, and one page of this test on it. */
interface SharedPage {
  readonly page: Page;
  readonly market: TestMarket;
  readonly program: Program;
  readonly profile: string;
  readonly address: string | null;
}

/** One gateway on one simulated market. */
interface Station {
  readonly market: TestMarket;
  readonly program: Program;
  readonly profile: string;
  /** Opens as a window of its own, with the default layout whatever other windows did. */
  open(context: BrowserContext): Promise<Page>;
  readonly address: string;
}

export interface WorkerFixtures {
  readonly hostKind: HostKind;
  /** Started at the first call; ends with the worker, which a failed test ends too. */
  readonly station: () => Promise<Station>;
}

interface Fixtures {
  /** Three simulated venues of this test alone. */
  readonly market: TestMarket;
  readonly workstation: Workstation;
  /** A workstation on `market`, with the default workspace. */
  readonly running: RunningHost;
  /** For tests that leave no trace but faults, which are ended with them. */
  readonly shared: SharedPage;
}

/** What the engine or the page does the same under either host: the usual run sees it under one. */
export const pageOnly = { tag: '@page' };

export const test = base.extend<Fixtures, WorkerFixtures>({
  hostKind: ['gateway', { option: true, scope: 'worker' }],

  station: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the first parameter
    async ({}, provide) => {
      const profile = mkdtempSync(join(tmpdir(), 'truetape-e2e-'));
      const started: Promise<Station>[] = [];
      await provide(() => {
        if (started.length === 0) started.push(startStation(profile));
        return started[0] ?? startStation(profile);
      });
      for (const { program, market } of await Promise.all(started)) {
        await program.stop();
        await market.close();
      }
      rmSync(profile, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],

  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the first parameter
  market: async ({}, provide) => {
    const market = await TestMarket.start();
    await provide(market);
    await market.close();
  },

  workstation: async ({ context, hostKind }, provide) => {
    const profile = mkdtempSync(join(tmpdir(), 'truetape-e2e-'));
    const faults = watchPages(context);
    const hosts: RunningHost[] = [];
    await provide({
      hostKind,
      profile,
      faults,
      async start(args) {
        const flags = ['--profile', profile, ...args];
        const host = await startHost(hostKind, context, flags);
        const stop = async (): Promise<Ended> => {
          faults.isHostStopping = true;
          const ended = await host.program.stop();
          for (const page of context.pages()) await page.close();
          faults.isHostStopping = false;
          return ended;
        };
        hosts.push({ ...host, stop });
        return { ...host, stop };
      },
    });
    for (const host of hosts) await tellHung(host);
    for (const host of hosts) await host.stop();
    rmSync(profile, { recursive: true, force: true });
    expect(faults.texts, 'what pages complained about').toEqual([]);
  },

  running: async ({ workstation, market }, provide) => {
    await provide(await workstation.start(['--market', 'live', ...market.endpointFlags()]));
  },

  shared: async ({ hostKind, station, workstation, context }, provide) => {
    if (hostKind === 'desktop') {
      const market = await TestMarket.start();
      const flags = ['--market', 'live', ...market.endpointFlags()];
      const { page, program, address } = await workstation.start(flags);
      await provide({ page, market, program, profile: workstation.profile, address });
      await market.close();
      return;
    }
    const { open, ...rest } = await station();
    await provide({ ...rest, page: await open(context) });
    await rest.market.control({ type: 'restore' });
  },
});

/** After a failure: where the host's loop stands, if it answers no more. */
async function tellHung({ address, program }: RunningHost): Promise<void> {
  const { status, expectedStatus } = base.info();
  const { pid } = program.child;
  if (status === expectedStatus || address === null || pid === undefined) return;
  if (program.child.exitCode !== null) return;
  const stack = await stackOfHungHost(address, pid);
  if (stack !== null) process.stdout.write(`  the host answers no more:\n${stack}\n`);
}

export { expect } from '@playwright/test';

/** Notes what the pages of a context say that they should not, and whom they ask. */
export function watchPages(context: BrowserContext): PageFaults {
  const faults: PageFaults = { texts: [], isHostStopping: false };
  context.on('page', (page) => {
    watchPage(page, faults);
  });
  return faults;
}

/** What a page says whose host ended while it still fetched a panel. */
const hostIsGone = /net::ERR_|Unable to preload CSS|dynamically imported module/;

function watchPage(page: Page, faults: PageFaults): void {
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (faults.isHostStopping && hostIsGone.test(message.text())) return;
    faults.texts.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => {
    if (faults.isHostStopping && hostIsGone.test(error.message)) return;
    faults.texts.push(`uncaught: ${error.stack ?? error.message}`);
  });
  const note = (address: string): void => {
    const { hostname, protocol } = new URL(address);
    const isLocal = hostname === '127.0.0.1' || ['data:', 'blob:', 'about:'].includes(protocol);
    if (!isLocal) faults.texts.push(`asked ${address}`);
  };
  page.on('request', (request) => {
    note(request.url());
  });
  page.on('websocket', (socket) => {
    note(socket.url());
  });
}

/** For what needs both hosts; a test of one takes `workstation`. */
export function startHost(
  hostKind: HostKind,
  context: BrowserContext,
  flags: readonly string[],
): Promise<StartedHost> {
  return hostKind === 'gateway' ? startGateway(context, flags) : startDesktop(context, flags);
}

async function startStation(profile: string): Promise<Station> {
  const market = await TestMarket.start();
  const flags = ['--profile', profile, '--market', 'live', ...market.endpointFlags()];
  const { program, address } = await runGateway(flags);
  let windows = 0;
  const open = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage();
    const own = new URL(address);
    windows += 1;
    own.searchParams.set('window', `test-${windows}`);
    await page.goto(own.href);
    return page;
  };
  return { market, program, profile, address, open };
}

async function runGateway(
  flags: readonly string[],
): Promise<{ readonly program: Program; readonly address: string }> {
  const program = new Program(
    spawn(
      process.execPath,
      [join(builtMain, 'cli.js'), 'gateway', '--port', '0', '--no-open', ...flags],
      { stdio: ['ignore', 'pipe', 'pipe'], env: environment() },
    ),
  );
  return { program, address: await program.says(/^Truetape is at (http:\S+)$/m) };
}

async function startGateway(
  context: BrowserContext,
  flags: readonly string[],
): Promise<StartedHost> {
  const { program, address } = await runGateway(flags);
  const page = await context.newPage();
  await page.goto(address);
  return {
    page,
    program,
    address,
    pages: () => context.pages(),
  };
}

async function startDesktop(
  context: BrowserContext,
  flags: readonly string[],
): Promise<StartedHost> {
  const register = join(root, 'tests', 'support', 'electronShim', 'register.ts');
  const child = fork(join(builtMain, 'index.js'), [...flags], {
    execArgv: ['--import', register],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: environment(),
  });
  const program = new Program(child);
  const opened = new Promise<Page>((resolve, reject) => {
    const windows = new ShimWindows(child, {
      context,
      preload: readFileSync(join(root, 'out', 'preload', 'index.cjs'), 'utf8'),
      onPage: resolve,
    });
    void windows;
    void program.ended.then(({ code }) => {
      reject(new Error(`the desktop ended with ${code}:\n${program.output}${program.errors}`));
    });
  });
  const page = await opened;
  return {
    page,
    program,
    address: null,
    pages: () => context.pages(),
  };
}

/** No display and no colors: nothing may open a window of its own. */
function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DISPLAY: '',
    WAYLAND_DISPLAY: '',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
}
