import { WindowSession } from '../../src/main/engine/delivery/session.ts';
import type { AttachedWindow, EngineHost } from '../../src/main/engine/host.ts';
import type { Command, CommandResult } from '../../src/shared/bridge.ts';
import { bridgeSchemaVersion } from '../../src/shared/bridge.ts';
import { parseMarketId } from '../../src/shared/market.ts';
import { defaultSettings } from '../../src/shared/settings.ts';
import type { DataSource } from '../../src/shared/values.ts';
import { FakeCore } from './fakeCore.ts';
import { hostStatus } from './fakeEngineHost.ts';
import { hostView } from './hostViews.ts';
import type { VirtualClock } from './virtualClock.ts';

/** A host with the product's own sessions over a made core, on virtual time. */
export class CoreEngineHost implements EngineHost {
  readonly attached: AttachedWindow[] = [];
  /** What each session asked for, newest last. */
  readonly asked: string[][] = [];
  core: FakeCore;
  source: DataSource = 'live';
  isOpen = true;
  readonly commands: Command[] = [];
  runCommand: (command: Command) => CommandResult<unknown> = () => ({ ok: true, value: null });
  #sessions: WindowSession[] = [];
  #seed = 1;
  readonly #clock: VirtualClock;
  readonly #wallMs: () => number;

  constructor(clock: VirtualClock, wallMs: () => number) {
    this.#clock = clock;
    this.#wallMs = wallMs;
    this.core = new FakeCore(wallMs);
  }

  attach: EngineHost['attach'] = (transport, window) => {
    if (!this.isOpen) {
      transport.close();
      return;
    }
    this.attached.push(window);
    const { source } = this;
    this.#sessions.push(
      new WindowSession({
        transport,
        source: { source, view: this.core, now: this.#wallMs },
        host: hostView(this.#wallMs, { status: () => hostStatus({ source: this.source }) }),
        hello: {
          ...{
            type: 'hello',
            schemaVersion: bridgeSchemaVersion,
            appVersion: '0',
            host: 'gateway',
          },
          ...{ window: window.window, source, platform: 'test', settings: defaultSettings() },
        },
        clock: this.#clock,
        runCommand: (command) => {
          this.commands.push(command);
          return Promise.resolve(this.runCommand(command));
        },
        onRequests: (requests) => {
          this.asked.push(
            requests.map((each) => each.topic + ('market' in each ? ` ${each.market}` : '')),
          );
        },
        onClosed: () => undefined,
        report: (text) => {
          throw new Error(text);
        },
      }),
    );
  };

  /** Each session is told goodbye; who attaches again finds a core with empty state. */
  restart(): void {
    this.#seed += 1;
    this.core = new FakeCore(this.#wallMs, this.#seed);
    for (const session of this.#sessions.splice(0)) session.close('it stops');
  }

  switchSource(source: DataSource): void {
    this.source = source;
    this.#seed += 1;
    this.core = new FakeCore(this.#wallMs, this.#seed);
    for (const session of this.#sessions) {
      session.switchSource({ source, view: this.core, now: this.#wallMs });
    }
  }

  status: EngineHost['status'] = () => Promise.resolve(hostStatus({ source: this.source }));

  markets: EngineHost['markets'] = () =>
    Promise.resolve(
      this.core.markets().map((market) => {
        const { base = '', quote = '' } = parseMarketId(market) ?? {};
        return { market, base, quote, venues: ['binance'] };
      }),
    );

  setWindowVisible: EngineHost['setWindowVisible'] = () => undefined;
  wake: EngineHost['wake'] = () => undefined;
  exportFile: EngineHost['exportFile'] = () => Promise.resolve(null);
  openVenueRecording: EngineHost['openVenueRecording'] = () =>
    Promise.reject(new Error('this host has no recordings'));
  close: EngineHost['close'] = () => Promise.resolve();
}
