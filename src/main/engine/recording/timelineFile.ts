import type { AppendFile, FilesPort } from '../ports/files.ts';

/** Samples that wait for a disk that fails; the oldest go first. Marks and gaps are bounded by whoever makes them. */
const mostSamples = 2_000;

/**
 * Lines on their way to a file, away from whoever adds them: as soon as the disk has taken those before. When it fails they
 * wait for the next one. A line replaces an earlier one of its name that still waits.
 */
export class TimelineFile {
  failures = 0;
  /** For a person, while it fails. */
  problem: string | null = null;
  /** Told once per trouble. */
  onProblem: (problem: string) => void = () => undefined;
  private readonly files: FilesPort;
  private readonly path: string;
  private file: AppendFile | null = null;
  private waiting = new Map<string, string>();
  private waitingSamples = 0;
  private working: Promise<void> | null = null;
  /** The file may end inside of a line. */
  private isTorn: boolean;
  private isClosed = false;

  constructor(files: FilesPort, path: string, isTorn: boolean) {
    this.files = files;
    this.path = path;
    this.isTorn = isTorn;
  }

  put(name: string, line: string): void {
    if (this.isClosed) return;
    const isSample = name.startsWith('sample');
    if (isSample && !this.waiting.has(name)) this.waitingSamples += 1;
    this.waiting.delete(name);
    this.waiting.set(name, line);
    if (this.waitingSamples > mostSamples) this.forgetSample();
    this.working ??= this.work();
  }

  /** Until everything is written, or a try has failed. */
  async idle(): Promise<void> {
    await this.working;
  }

  /** Until everything is written, or was tried a last time. */
  async close(): Promise<void> {
    if (this.isClosed) {
      await this.working;
      return;
    }
    this.isClosed = true;
    await this.working;
    if (this.waiting.size > 0) await this.work();
    await this.closeFile();
  }

  private async work(): Promise<void> {
    // Lines that are added in the same moment go together.
    await Promise.resolve();
    while (this.waiting.size > 0) {
      const taken = this.waiting;
      const samples = this.waitingSamples;
      this.waiting = new Map();
      this.waitingSamples = 0;
      try {
        await this.write(taken);
        this.problem = null;
      } catch (error) {
        this.waiting = new Map([
          ...[...taken].filter(([name]) => !this.waiting.has(name)),
          ...this.waiting,
        ]);
        this.waitingSamples += samples;
        await this.fail(error);
        break;
      }
    }
    this.working = null;
  }

  private async write(lines: ReadonlyMap<string, string>): Promise<void> {
    this.file ??= await this.files.append(this.path);
    const text = `${this.isTorn ? '\n' : ''}${[...lines.values()].join('')}`;
    this.isTorn = true;
    await this.file.write(Buffer.from(text));
    this.isTorn = false;
    await this.file.sync();
  }

  private async fail(error: unknown): Promise<void> {
    this.failures += 1;
    await this.closeFile();
    const text = error instanceof Error ? error.message : String(error);
    const isTold = this.problem !== null;
    this.problem = `Marks and the timeline could not be written (${text}). They are kept and tried again.`;
    if (!isTold) this.onProblem(this.problem);
  }

  private async closeFile(): Promise<void> {
    const { file } = this;
    this.file = null;
    // What mattered was written and synced, or its failure is known.
    await file?.close().catch(() => undefined);
  }

  private forgetSample(): void {
    for (const name of this.waiting.keys()) {
      if (!name.startsWith('sample')) continue;
      this.waiting.delete(name);
      this.waitingSamples -= 1;
      return;
    }
  }
}
