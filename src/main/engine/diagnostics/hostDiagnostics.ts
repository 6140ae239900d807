import type { CommandAnswers } from '../../../shared/bridge.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { HostStatus } from '../../../shared/values.ts';
import type { CoreView } from '../coreView.ts';
import type { EngineHostOptions, HostLogEntry, MachineFinding } from '../hosting/hostContract.ts';
import { systemClock } from '../ports/clock.ts';
import { buildBundle, bundleName } from './buildBundle.ts';
import { DebugLog, readDebugLines } from './debugLog.ts';
import { LogRing } from './logRing.ts';
import { redactorHere } from './machine.ts';

type Bundle = CommandAnswers['createDiagnostics'];

const performanceMs = 10_000;

/** What of a running host a bundle shows. */
export interface DiagnosedHost {
  readonly view: CoreView;
  readonly status: HostStatus;
  readonly settings: Settings;
}

/** The host's own memory of what happened: the newest log lines, the debug log, and the bundle of both. */
export class HostDiagnostics {
  /** Writes where the host writes, and keeps the newest lines. */
  readonly log: (entry: HostLogEntry) => void;
  readonly debug: DebugLog;
  private readonly options: EngineHostOptions;
  private readonly redactor = redactorHere();
  private readonly ring = new LogRing(this.redactor);
  private performanceDueMs = 0;
  private making: Promise<Bundle> | null = null;

  constructor(options: EngineHostOptions) {
    this.options = options;
    this.debug = new DebugLog({
      profile: options.profile,
      redactor: this.redactor,
      wallMs: () => systemClock.wallMs(),
      onFailure: (reason) => {
        const text = `the debug log cannot be written: ${reason}`;
        this.log({ level: 'warning', scope: 'debug', text });
      },
    });
    this.log = (entry) => {
      this.ring.add(entry, systemClock.wallMs());
      this.debug.onLog(entry.scope, entry.text);
      options.log(entry);
    };
  }

  /** A few times a second. */
  look(status: () => HostStatus): void {
    if (!this.debug.isOn) return;
    const nowMs = systemClock.monotonicMs();
    if (nowMs >= this.performanceDueMs) {
      this.performanceDueMs = nowMs + performanceMs;
      this.debug.write('performance', performanceLine(status()));
    }
    this.debug.flush();
  }

  /** One at a time: whoever asks meanwhile gets the one that is being made. */
  async createBundle(host: DiagnosedHost): Promise<Bundle> {
    this.making ??= this.makeBundle(host).finally(() => {
      this.making = null;
    });
    return this.making;
  }

  close(): void {
    this.debug.flush();
  }

  private async makeBundle(host: DiagnosedHost): Promise<Bundle> {
    const { view, status, settings } = host;
    const { profile, appVersion, hostKind } = this.options;
    const time = systemClock.wallMs();
    const health = view.health();
    this.debug.flush();
    const bytes = await buildBundle(
      {
        ...{ version: appVersion, host: hostKind, source: status.source, time, status, health },
        startedTime: status.startedTime,
        incidents: view.incidents(),
        gaps: view.gaps(),
        errors: health.errors,
        settings,
        log: this.ring.list(),
        debugLines: profile === null ? [] : readDebugLines(profile),
        findings: await this.findings(),
      },
      this.redactor,
    );
    return { fileName: bundleName(time), base64: Buffer.from(bytes).toString('base64') };
  }

  private async findings(): Promise<readonly MachineFinding[]> {
    try {
      return (await this.options.checkMachine?.()) ?? [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [{ verdict: 'fault', text: `the machine could not be checked: ${reason}` }];
    }
  }
}

function performanceLine(status: HostStatus): string {
  const memory = process.memoryUsage();
  const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
  const loop = JSON.stringify(status.loop);
  const rate = status.messagesPerSec.toFixed(0);
  return `${rate} msg/s, heap ${mib(memory.heapUsed)}, resident ${mib(memory.rss)}, loop ${loop}`;
}
