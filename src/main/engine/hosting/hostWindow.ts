import type { BridgeTransport, Command, CommandResult, HostEvent } from '../../../shared/bridge.ts';
import { bridgeSchemaVersion } from '../../../shared/bridge.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { TopicRequest } from '../../../shared/bridge.ts';
import type { DeliveryClock } from '../delivery/deliveryClock.ts';
import type { DeliverySource, HostView } from '../delivery/deliverySource.ts';
import { WindowSession } from '../delivery/session.ts';
import type { AttachedWindow } from './hostContract.ts';
import type { ReplayRun } from './replays.ts';
import type { RunningEngine } from './runningEngine.ts';

/** What a host gives to each of its windows. */
export interface WindowHost {
  readonly appVersion: string;
  readonly hostKind: 'desktop' | 'gateway';
  readonly clock: DeliveryClock;
  /** The engine of the windows that look at no replay. */
  market(): RunningEngine;
  settings(): Settings;
  viewOf(window: HostWindow): HostView;
  runCommand(command: Command, window: HostWindow): Promise<CommandResult<unknown>>;
  /** What the window wants of the market: nothing while it looks at a replay. */
  want(window: HostWindow, requests: readonly TopicRequest[]): void;
  closed(window: HostWindow): void;
  report(text: string): void;
}

/** One page, and whether it looks at the market or at a replay. */
export class HostWindow {
  readonly attached: AttachedWindow;
  readonly session: WindowSession;
  private readonly host: WindowHost;
  private shown: ReplayRun | null;
  private hasPage = true;

  constructor(
    transport: BridgeTransport,
    attached: AttachedWindow,
    run: ReplayRun | null,
    host: WindowHost,
  ) {
    this.attached = attached;
    this.host = host;
    this.shown = run;
    this.session = new WindowSession({
      ...{ transport, source: this.source, host: host.viewOf(this), clock: host.clock },
      hello: this.hello(),
      runCommand: (command) => host.runCommand(command, this),
      onRequests: (requests) => this.want(requests),
      onClosed: () => {
        this.hasPage = false;
        host.closed(this);
      },
      report: (text) => host.report(text),
    });
  }

  get id(): string {
    return this.attached.window;
  }

  get engine(): RunningEngine {
    return this.shown?.player ?? this.host.market();
  }

  /** What a program is told is painted nowhere: its pace says nothing of what a person sees. */
  private get source(): DeliverySource {
    const { engine } = this;
    if (this.attached.isProgram !== true) return engine;
    return {
      source: engine.source,
      get view() {
        return engine.view;
      },
      now: () => engine.now(),
    };
  }

  /** Null: the market. */
  get run(): ReplayRun | null {
    return this.shown;
  }

  /** False once its page has gone. */
  get isOpen(): boolean {
    return this.hasPage;
  }

  /** Another engine took the place of the one that it looked at. */
  switchSource(): void {
    this.session.switchSource(this.source);
  }

  show(run: ReplayRun | null): void {
    if (run === this.shown || !this.hasPage) return;
    this.shown = run;
    this.switchSource();
    this.want(this.session.requests);
  }

  private want(requests: readonly TopicRequest[]): void {
    this.host.want(this, this.shown === null ? requests : []);
  }

  private hello(): HostEvent & { type: 'hello' } {
    const { appVersion, hostKind } = this.host;
    const { window, platform } = this.attached;
    return {
      ...{ type: 'hello', schemaVersion: bridgeSchemaVersion, appVersion, host: hostKind },
      ...{ window, source: this.engine.source, platform, settings: this.host.settings() },
    };
  }
}
