import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ExportJob, ExportReport, ExportRequest } from '../../../shared/exports.ts';
import type { ClockPort } from '../ports/clock.ts';
import { systemClock } from '../ports/clock.ts';
import type { FilesPort } from '../ports/files.ts';
import { keptFreeBytes, systemFiles } from '../ports/files.ts';
import type { RecordingLibrary } from '../recording/recordingLibrary.ts';
import { ExportError, problemOf } from './exportError.ts';
import { fileNameOf } from './exportName.ts';
import type { ExportMessage, ExportOrder } from './exportOrder.ts';
import { freeName } from './fileNames.ts';
import { removeLeftParts } from './partFile.ts';

export interface ExportJobsOptions {
  /** Where finished files go; made when it is needed. */
  readonly folder: string;
  readonly library: RecordingLibrary;
  /** The entry that an export's thread runs. */
  readonly worker: URL | string;
  readonly appVersion: string;
  readonly log: (text: string) => void;
  /** From when it resolves until the returned function is called, nothing of the session is packed or removed. */
  readonly hold?: (session: string) => Promise<() => void>;
  /** Where a page fetches the file of a job; null: this host has no addresses. */
  readonly addressOf?: (id: number) => string | null;
  readonly files?: FilesPort;
  readonly clock?: ClockPort;
}

const keptJobs = 50;
const mostWaiting = 20;
/** A thread that is asked to stop and does not is ended. */
const stopMs = 2_000;
const heapMiB = 1_024;
/** Rows live for a moment: room for many of them spares the collector's work. */
const youngMiB = 96;

interface Running {
  readonly id: number;
  readonly fileName: string;
  readonly worker: Worker;
  readonly ended: Promise<void>;
  isCancelled: boolean;
  /** For a person: why it was stopped, where nobody cancelled it. */
  problem: string | null;
}

/**
 * The exports of this host: one at a time, in a thread of its own, so that the loop of live data stays free. A job that ends
 * in any other way than done leaves nothing behind.
 */
export class ExportJobs {
  onChange: () => void = () => undefined;
  private readonly options: ExportJobsOptions;
  private readonly files: FilesPort;
  private readonly clock: ClockPort;
  private jobs: readonly ExportJob[] = [];
  private running: Running | null = null;
  /** One step of the line at a time: folder, names and start of a job. */
  private line: Promise<void>;
  private nextId = 1;
  private isClosed = false;

  constructor(options: ExportJobsOptions) {
    this.options = options;
    this.files = options.files ?? systemFiles;
    this.clock = options.clock ?? systemClock;
    this.line = removeLeftParts(this.files, options.folder).then((removed) => {
      if (removed > 0) options.log(`${removed} unfinished exports of a former run were removed`);
    });
  }

  report(): ExportReport {
    return { jobs: this.jobs, folder: this.options.folder };
  }

  /** Throws `ExportError` for a name that is none, and when too many wait. */
  start(request: ExportRequest): ExportJob {
    if (this.isClosed) throw new ExportError('Truetape is closing.');
    if (this.jobs.filter(({ status }) => status === 'waiting').length >= mostWaiting) {
      throw new ExportError('Too many exports wait already. Try again when some are done.');
    }
    const job: ExportJob = {
      id: this.nextId,
      request,
      status: 'waiting',
      ...{ progress: 0, rows: 0, bytes: 0 },
      startedTime: this.clock.wallMs(),
      endedTime: null,
      fileName: fileNameOf(request),
      ...{ problem: null, address: null },
    };
    this.nextId += 1;
    this.jobs = [job, ...this.jobs].filter(
      ({ status }, index) => index < keptJobs || status === 'waiting' || status === 'running',
    );
    this.onChange();
    this.next();
    return job;
  }

  cancel(id: number): void {
    if (this.running?.id === id) this.stopRunning();
    else if (this.jobOf(id)?.status === 'waiting') this.end(id, { status: 'cancelled' });
  }

  /** Of a file that is whole; null for all others. */
  pathOf(id: number): string | null {
    const job = this.jobOf(id);
    return job?.status === 'done' ? join(this.options.folder, job.fileName) : null;
  }

  /** What runs is cancelled; safe to call twice. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { id, status } of this.jobs) {
      if (status === 'waiting') this.end(id, { status: 'cancelled' });
    }
    await this.line;
    this.stopRunning();
    await this.running?.ended;
  }

  private jobOf(id: number): ExportJob | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  private next(): void {
    this.line = this.line.then(() => this.startNext());
  }

  private async startNext(): Promise<void> {
    const job = this.jobs.findLast(({ status }) => status === 'waiting');
    if (job === undefined || this.running !== null || this.isClosed) return;
    let release = (): void => undefined;
    try {
      const { folder, hold } = this.options;
      await this.files.makeFolder(folder);
      if (!(await this.hasRoom())) throw new ExportError(noRoom);
      if (hold !== undefined) release = await hold(job.request.session);
      const fileName = freeName(job.fileName, new Set(await this.files.list(folder)));
      if (this.jobOf(job.id)?.status === 'waiting') {
        this.run(job, fileName, release);
        return;
      }
      release();
      this.next();
    } catch (error) {
      release();
      this.end(job.id, { status: 'failed', problem: problemOf(error) });
      this.next();
    }
  }

  private run(job: ExportJob, fileName: string, release: () => void): void {
    const { folder, library, worker: entry, appVersion, log } = this.options;
    const tag = randomBytes(4).toString('hex');
    const { request, id } = job;
    const order: ExportOrder = {
      ...{ folder, fileName, tag, appVersion, request },
      recordings: library.folder,
    };
    const worker = new Worker(entry, {
      workerData: order,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: youngMiB },
    });
    const state: { last: ExportMessage | null; failure: string | null } = {
      last: null,
      failure: null,
    };
    worker.on('message', (message: ExportMessage) => {
      state.last = message;
      if (message.type !== 'progress') return;
      this.change(id, message.progress);
      void this.keepRoom(id);
    });
    worker.on('error', (error) => {
      state.failure = error instanceof Error ? error.message : String(error);
      log(`export ${id}: ${state.failure}`);
    });
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        release();
        void this.conclude(id, state, tag).then(resolve);
      });
    });
    this.running = { id, fileName, worker, ended, isCancelled: false, problem: null };
    this.change(id, { status: 'running', fileName });
  }

  private async conclude(
    id: number,
    { last, failure }: { readonly last: ExportMessage | null; readonly failure: string | null },
    tag: string,
  ): Promise<void> {
    const { isCancelled = false, problem: reason = null } = this.running ?? {};
    if (last?.type === 'done') {
      this.change(id, last.progress);
      this.end(id, { status: 'done', address: this.options.addressOf?.(id) ?? null });
    } else {
      await this.removeParts(tag);
      const own = last?.type === 'failed' ? last.problem : unexpected(failure);
      const wasWanted = !isCancelled || reason !== null;
      const failed = { status: 'failed', problem: reason ?? own } as const;
      this.end(id, wasWanted ? failed : { status: 'cancelled' });
    }
    this.running = null;
    this.next();
  }

  /** A disk that does not tell is written to until it is full. */
  private async hasRoom(): Promise<boolean> {
    const free = await this.files.freeBytes(this.options.folder).catch(() => keptFreeBytes);
    return free >= keptFreeBytes;
  }

  private async keepRoom(id: number): Promise<void> {
    if (await this.hasRoom()) return;
    const { running } = this;
    if (running === null || running.id !== id || running.isCancelled) return;
    running.problem = noRoom;
    this.stopRunning();
  }

  /** What a thread that was ended could not remove itself. */
  private async removeParts(tag: string): Promise<void> {
    const { folder } = this.options;
    for (const name of await this.files.list(folder).catch(() => [])) {
      if (!name.endsWith(`-${tag}.part`)) continue;
      await this.files.remove(join(folder, name)).catch((error: unknown) => {
        this.options.log(`export: ${name} is left: ${String(error)}`);
      });
    }
  }

  private stopRunning(): void {
    const { running } = this;
    if (running === null || running.isCancelled) return;
    running.isCancelled = true;
    running.worker.postMessage('cancel', []);
    const cancelTimer = this.clock.setTimer(stopMs, () => void running.worker.terminate());
    void running.ended.then(cancelTimer);
  }

  private end(
    id: number,
    change: Pick<ExportJob, 'status'> & Partial<Pick<ExportJob, 'problem' | 'address'>>,
  ): void {
    this.change(id, { ...change, endedTime: this.clock.wallMs() });
  }

  private change(id: number, change: Partial<ExportJob>): void {
    this.jobs = this.jobs.map((job) => (job.id === id ? { ...job, ...change } : job));
    this.onChange();
  }
}

const noRoom = 'Nothing was exported: the disk has too little room. Make room, then export again.';

function unexpected(failure: string | null): string {
  return failure?.includes('memory') === true
    ? 'Nothing was exported: it took too much memory. Choose less of the session.'
    : 'Nothing was exported: the export ended unexpectedly. Try again; the log says more.';
}
