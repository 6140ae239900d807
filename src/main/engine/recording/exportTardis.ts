import { basename, dirname, join } from 'node:path';
import type { FilesPort } from '../ports/files.ts';
import { RecordingError } from './recordingError.ts';
import type { RecordedSession } from './recordingLibrary.ts';
import type { SnapshotNotes } from './snapshotNotes.ts';
import { baseName, notesPath } from './snapshotNotes.ts';
import { formatIsoTime } from './tardisLines.ts';
import type { TardisPart, TardisSelection } from './tardisParts.ts';
import { tardisParts } from './tardisParts.ts';
import { TextSink } from './textSink.ts';
import { writeWhole } from './writeWhole.ts';

/** What was received, as lines `2024-08-08T00:00:00.123456Z FRAME`, some at a time. An empty line: the connection ended. */
export async function* tardisLinesOf(
  session: Pick<RecordedSession, 'segments'>,
  selection: TardisSelection,
): AsyncGenerator<string> {
  for await (const parts of tardisParts(session, selection)) {
    let text = '';
    for (const part of parts) text += part.type === 'sent' ? '' : lineOf(part);
    if (text !== '') yield text;
  }
}

export interface TardisExport {
  readonly session: Pick<RecordedSession, 'segments' | 'startTime' | 'endTime'>;
  readonly selection: TardisSelection;
  /** Packed when its name ends with `.gz` or `.zst`. */
  readonly path: string;
  readonly files: FilesPort;
  /** From 0 to 1, of the session's time. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

export interface TardisFiles {
  readonly frames: number;
  /** Frames, what was sent, the snapshots and their list. */
  readonly paths: readonly string[];
}

/**
 * Writes the frames of a session, and beside them what it sent and the REST answers that its books were joined from, so that
 * the import of the file has the same books. All files are whole or not there. Throws `RecordingError`.
 */
export async function exportTardis(options: TardisExport): Promise<TardisFiles> {
  await refuseExisting(options.files, options.path);
  const writing = new Writing(options);
  try {
    return await writing.run();
  } catch (error) {
    await writing.abandon();
    if (error instanceof RecordingError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecordingError(
      `${options.path} could not be written (${reason}). Nothing of it was kept; make room or choose another folder.`,
    );
  }
}

class Writing {
  private readonly options: TardisExport;
  private readonly received: TextSink;
  private readonly sent: TextSink;
  private readonly notes: SnapshotNotes['snapshots'] = [];
  /** There, or about to be. */
  private readonly written: string[] = [];
  private readonly names = new Map<string, number>();
  private lines = 0;
  private frames = 0;
  private sentFrames = 0;

  constructor(options: TardisExport) {
    this.options = options;
    const { path, files } = options;
    this.received = new TextSink(files, path);
    this.sent = new TextSink(files, sentPath(path));
  }

  async run(): Promise<TardisFiles> {
    const { session, selection, path, files } = this.options;
    for await (const parts of tardisParts(session, selection)) {
      this.pause(parts);
      await this.add(parts);
    }
    if (this.frames === 0) {
      throw new RecordingError('There is no frame in what was chosen of this session.');
    }
    await this.received.finish();
    if (this.sentFrames > 0) await this.sent.finish();
    if (this.notes.length > 0) {
      const notes: SnapshotNotes = { version: 1, snapshots: this.notes };
      await this.write(notesPath(path), `${JSON.stringify(notes, null, 2)}\n`);
    }
    // The frames come last: who waits for them finds everything else there.
    if (this.sentFrames > 0) await this.place(files, sentPath(path));
    await this.place(files, path);
    await files.syncFolder(dirname(path));
    return { frames: this.frames, paths: [...this.written] };
  }

  /** Nothing of it stays. */
  async abandon(): Promise<void> {
    const { files } = this.options;
    await this.received.abandon();
    await this.sent.abandon();
    for (const path of this.written) await files.remove(path).catch(() => undefined);
  }

  private pause(parts: readonly TardisPart[]): void {
    const { signal, onProgress, session, selection } = this.options;
    if (signal?.aborted === true) throw new RecordingError('The export was cancelled.');
    const last = parts.at(-1);
    if (last === undefined || onProgress === undefined) return;
    const from = selection.from ?? session.startTime;
    const to = selection.to ?? session.endTime ?? last.time;
    onProgress(to > from ? Math.min(1, Math.max(0, (last.time - from) / (to - from))) : 1);
  }

  private async add(parts: readonly TardisPart[]): Promise<void> {
    let text = '';
    let sent = '';
    for (const part of parts) {
      if (part.type === 'snapshot') {
        await this.addSnapshot(part);
      } else if (part.type === 'sent') {
        this.sentFrames += 1;
        sent += lineOf(part);
      } else {
        if (part.type === 'frame') this.frames += 1;
        this.lines += 1;
        text += lineOf(part);
      }
    }
    if (text !== '') await this.received.write(text);
    if (sent !== '') await this.sent.write(sent);
  }

  private async addSnapshot(part: Extract<TardisPart, { type: 'snapshot' }>): Promise<void> {
    const { path } = this.options;
    const { symbol, venue, body } = part;
    const name = `${baseName(path)}.depth-snapshot.${symbol.toLowerCase().replace(/[^a-z0-9.-]/g, '_')}`;
    const count = (this.names.get(name) ?? 0) + 1;
    this.names.set(name, count);
    const file = `${name}${count === 1 ? '' : `-${count}`}.json`;
    await this.write(join(dirname(path), file), body);
    this.notes.push({ symbol, venue, file, atLine: this.lines });
  }

  private async write(path: string, text: string): Promise<void> {
    const { files } = this.options;
    await refuseExisting(files, path);
    this.written.push(path);
    await writeWhole(files, path, Buffer.from(text));
  }

  private async place(files: FilesPort, path: string): Promise<void> {
    await refuseExisting(files, path);
    this.written.push(path);
    await files.rename(`${path}.part`, path);
  }
}

function lineOf(part: TardisPart): string {
  if (part.type === 'break') return '\n';
  if (part.type === 'snapshot') return '';
  const { time, text, connection } = part;
  if (text.includes('\n') || text.endsWith('\r')) {
    throw new RecordingError(
      `A frame of ${connection} at ${formatIsoTime(time)} holds a line break, which this form cannot. Choose a time without it.`,
    );
  }
  return `${formatIsoTime(time)} ${text}\n`;
}

/** `a.ndjson.gz`: `a.sent.ndjson.gz`. */
function sentPath(path: string): string {
  const name = basename(path);
  const base = baseName(path);
  return join(dirname(path), `${base}.sent${name.slice(base.length)}`);
}

async function refuseExisting(files: FilesPort, path: string): Promise<void> {
  const isThere = await files.sizeOf(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new RecordingError(`${path} is there already. Choose another name.`);
}
