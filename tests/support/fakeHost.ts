import { emptyLatencyReport } from '../../src/main/engine/health/latencyReport.ts';
import type { HostView } from '../../src/main/engine/delivery/deliverySource.ts';
import type { DeliveryClock } from '../../src/main/engine/delivery/deliveryClock.ts';
import { WindowSession } from '../../src/main/engine/delivery/session.ts';
import type {
  BridgeTransport,
  Command,
  CommandResult,
  HostEvent,
  TopicRequest,
} from '../../src/shared/bridge.ts';
import { bridgeSchemaVersion } from '../../src/shared/bridge.ts';
import type { LatencyReport, LatencySpan } from '../../src/shared/latency.ts';
import type { MarketId } from '../../src/shared/market.ts';
import { defaultMarkets } from '../../src/shared/market.ts';
import { defaultSettings } from '../../src/shared/settings.ts';
import type { DataSource, HostStatus, LinkState } from '../../src/shared/values.ts';
import { FakeCore } from './fakeCore.ts';
import { hostStatus } from './fakeEngineHost.ts';
import { hostView } from './hostViews.ts';
import type { MemoryPair } from './memoryTransport.ts';
import { createMemoryPair } from './memoryTransport.ts';

export interface FakeHostOptions {
  /** Real time by default. */
  readonly clock?: DeliveryClock;
  readonly wallMs?: () => number;
  readonly deliver?: (arrive: () => void) => void;
  readonly schemaVersion?: number;
  readonly runCommand?: (command: Command) => Promise<CommandResult<unknown>>;
}

const realClock: DeliveryClock = {
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * A host for panels and tests: the product's own window session over a core that makes plausible values of every kind.
 * `open` is a page's way in; each call is a new session, as after a lost connection.
 */
export class FakeHost {
  readonly clock: DeliveryClock;
  readonly wallMs: () => number;
  readonly sessions: WindowSession[] = [];
  readonly pairs: MemoryPair[] = [];
  readonly commands: Command[] = [];
  /** Every set of topics that a page sent. */
  readonly requestSets: (readonly TopicRequest[])[] = [];
  core: FakeCore;
  source: DataSource = 'simulated';
  status: HostStatus;
  links: LinkState[] = [{ group: 1, market: 'BTC-USDT', interval: '1m' }];
  settings = defaultSettings();
  /** What else this host tells: recordings, exports, marks, metrics. */
  reports: Partial<HostView> = {};
  latency = (span: LatencySpan): LatencyReport => emptyLatencyReport(span, this.wallMs());
  refuse: Error | null = null;
  readonly #options: FakeHostOptions;
  #stopRunning: () => void = () => undefined;

  constructor(options: FakeHostOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? realClock;
    this.wallMs = options.wallMs ?? (() => Date.now());
    this.core = new FakeCore(this.wallMs);
    this.status = hostStatus({
      source: 'simulated',
      startedTime: this.wallMs(),
      watchedSince: this.wallMs(),
    });
  }

  readonly open = (): Promise<BridgeTransport> => {
    if (this.refuse !== null) return Promise.reject(this.refuse);
    const { deliver } = this.#options;
    const pair = createMemoryPair(deliver === undefined ? {} : { deliver });
    this.pairs.push(pair);
    this.sessions.push(
      new WindowSession({
        transport: pair.host,
        source: this.#deliverySource(),
        host: hostView(this.wallMs, {
          ...{ status: () => this.status, links: () => this.links },
          latency: (span) => this.latency(span),
          recordings: () => this.#told().recordings(),
          exports: () => this.#told().exports(),
          marks: () => this.#told().marks(),
          metrics: () => this.#told().metrics(),
        }),
        hello: this.#hello(),
        clock: this.clock,
        runCommand: (command) => this.#runCommand(command),
        onRequests: (requests) => this.requestSets.push(requests),
        onClosed: () => undefined,
        report: () => undefined,
      }),
    );
    return Promise.resolve(pair.page);
  };

  get session(): WindowSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('no page has connected');
    return session;
  }

  get pair(): MemoryPair {
    const pair = this.pairs.at(-1);
    if (pair === undefined) throw new Error('no page has connected');
    return pair;
  }

  /** Random changes on the given markets, spread over time, until the returned function is called. */
  run(changesPerSec: number, markets: readonly MarketId[] = defaultMarkets): () => void {
    const stepMs = 10;
    let cancel = (): void => undefined;
    let owed = 0;
    const step = (): void => {
      owed += (changesPerSec * stepMs) / 1000;
      for (; owed >= 1; owed--) this.core.step(markets);
      cancel = this.clock.after(stepMs, step);
    };
    step();
    this.#stopRunning = () => cancel();
    return this.#stopRunning;
  }

  /** Another engine with empty state. */
  switchSource(source: DataSource): void {
    this.source = source;
    this.core = new FakeCore(this.wallMs, this.sessions.length + 10);
    for (const session of this.sessions) session.switchSource(this.#deliverySource());
  }

  close(): void {
    this.#stopRunning();
    for (const session of this.sessions) session.close('the host stops');
  }

  /** Read anew each time, so that a test may change it while a page looks on. */
  #told(): HostView {
    return hostView(this.wallMs, this.reports);
  }

  #deliverySource() {
    return { source: this.source, view: this.core, now: this.wallMs };
  }

  #hello(): HostEvent & { readonly type: 'hello' } {
    return {
      type: 'hello',
      schemaVersion: this.#options.schemaVersion ?? bridgeSchemaVersion,
      appVersion: '0.0.0',
      host: 'gateway',
      window: 'main',
      source: this.source,
      platform: 'test',
      settings: this.settings,
    };
  }

  #runCommand(command: Command): Promise<CommandResult<unknown>> {
    this.commands.push(command);
    if (this.#options.runCommand !== undefined) return this.#options.runCommand(command);
    const value = command.type === 'getSettings' ? this.settings : null;
    return Promise.resolve({ ok: true, value });
  }
}
