import type { AppendFile, FilesPort } from '../ports/files.ts';

export type WriteStep =
  | { readonly type: 'open'; readonly path: string }
  | { readonly type: 'bytes'; readonly bytes: Buffer; readonly inputs: number }
  /** Bytes that are still being packed: those behind wait for them. */
  | { readonly type: 'later'; readonly bytes: Promise<Buffer> }
  | { readonly type: 'sync' }
  | { readonly type: 'close' };

export interface WriteQueueListener {
  onWritten(bytes: number, inputs: number): void;
  onClosed(path: string): void;
  /** Everything that waited is gone, `inputs` of them, and the open file closed. */
  onFailed(reason: unknown, inputs: number): void;
}

/** File calls one after another, away from whoever asks for them. One failure drops all that waits. */
export class WriteQueue {
  private readonly files: FilesPort;
  private readonly listener: WriteQueueListener;
  private steps: WriteStep[] = [];
  private file: { readonly path: string; readonly handle: AppendFile } | null = null;
  private working: Promise<void> | null = null;
  waitingBytes = 0;
  private waitingInputs = 0;

  constructor(files: FilesPort, listener: WriteQueueListener) {
    this.files = files;
    this.listener = listener;
  }

  add(step: WriteStep): void {
    if (step.type === 'bytes') {
      this.waitingBytes += step.bytes.length;
      this.waitingInputs += step.inputs;
    }
    // Nobody looks at it before its turn: a failure until then must not count as unhandled.
    if (step.type === 'later') step.bytes.catch(() => undefined);
    this.steps.push(step);
    this.working ??= this.work();
  }

  /** Until nothing waits any more. */
  async idle(): Promise<void> {
    while (this.working !== null) await this.working;
  }

  private async work(): Promise<void> {
    try {
      for (let step = this.steps.shift(); step !== undefined; step = this.steps.shift()) {
        await this.take(step);
      }
    } catch (error) {
      const inputs = this.waitingInputs;
      await this.abandon();
      this.working = null;
      this.listener.onFailed(error, inputs);
      return;
    }
    this.working = null;
  }

  private async take(step: WriteStep): Promise<void> {
    if (step.type === 'open') {
      this.file = { path: step.path, handle: await this.files.create(step.path) };
      return;
    }
    const { file } = this;
    if (file === null) return;
    switch (step.type) {
      case 'bytes':
        await file.handle.write(step.bytes);
        this.waitingBytes -= step.bytes.length;
        this.waitingInputs -= step.inputs;
        this.listener.onWritten(step.bytes.length, step.inputs);
        return;
      case 'later': {
        const bytes = await step.bytes;
        await file.handle.write(bytes);
        this.listener.onWritten(bytes.length, 0);
        return;
      }
      case 'sync':
        await file.handle.sync();
        return;
      case 'close':
        this.file = null;
        await file.handle.close();
        this.listener.onClosed(file.path);
        return;
      default:
        step satisfies never;
    }
  }

  private async abandon(): Promise<void> {
    const { file } = this;
    this.steps = [];
    this.waitingBytes = 0;
    this.waitingInputs = 0;
    this.file = null;
    // The reason is known already; a second complaint of the same disk adds nothing.
    await file?.handle.close().catch(() => undefined);
  }
}
