import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from '../../../shared/bridge.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { AppendFile, FilesPort } from '../ports/files.ts';
import { keptFreeBytes } from '../ports/files.ts';
import { RecordingError } from '../recording/recordingError.ts';

export type UploadPiece = Omit<Extract<Command, { type: 'uploadRecording' }>, 'type'>;

export interface UploadedFile {
  readonly path: string;
  /** As a person knows it; never part of a path. */
  readonly fileName: string;
  /** The same without what tells the format. */
  readonly name: string;
  readonly venue: UploadPiece['venue'];
  readonly marketKind: UploadPiece['marketKind'];
}

export interface UploadsOptions {
  readonly files: FilesPort;
  readonly clock: ClockPort;
  /** For what is under way alone: whatever is found there is removed. */
  readonly folder: string;
  /** Of all uploads together, by now. */
  readonly maxBytes: () => number;
  /** The id of the session. Throws `RecordingError`, whose text is for a person. */
  readonly importFile: (file: UploadedFile) => Promise<string>;
  readonly log: (text: string) => void;
}

export interface UploadAnswer {
  readonly received: number;
  readonly session: string | null;
}

/** The window whose page sends. */
export interface UploadingWindow {
  /** False once its page has gone. */
  readonly isOpen: boolean;
}

interface Upload {
  readonly id: string;
  readonly fileName: string;
  readonly path: string;
  file: AppendFile | null;
  received: number;
  lastMs: number;
  /** The one that sent the newest piece: another one after a lost connection. */
  window: UploadingWindow;
  /** When it was seen to be open. */
  openMs: number;
  /** The session that came of it, for a page that missed the answer. */
  session: string | null;
  /** Its pieces are taken one after the other. */
  line: Promise<unknown>;
}

const maxUploads = 4;
const abandonedMs = 10 * 60_000;
/** A page that lost its connection comes back within a minute, or gives up. */
const lostMs = 75_000;
const lookMs = 15_000;
const maxNameLength = 80;
/** What an importer tells a format by. */
const endings = /(?:\.(?:rec|ndjson|jsonl|txt))?(?:\.(?:zst|gz))?$/;

/** Files that pages send piece by piece, until each is a session. */
export class Uploads {
  private readonly options: UploadsOptions;
  private readonly uploadById = new Map<string, Upload>();
  /** No piece is taken for them any more; their files go when what is under way has ended. */
  private readonly ending = new Set<Upload>();
  private readonly cleared: Promise<void>;
  private cancelTimer: () => void = () => undefined;
  private isClosed = false;

  constructor(options: UploadsOptions) {
    this.options = options;
    this.cleared = this.clear();
    this.schedule();
  }

  /** Throws `RecordingError`, whose text says what to do. A piece that is there already is answered, not written again. */
  async take(piece: UploadPiece, window: UploadingWindow): Promise<UploadAnswer> {
    await this.cleared;
    const upload = this.uploadById.get(piece.upload) ?? this.begin(piece, window);
    upload.window = window;
    upload.openMs = this.options.clock.monotonicMs();
    const taken = upload.line.then(() => this.takeInTurn(upload, piece));
    upload.line = taken.catch(() => undefined);
    return taken;
  }

  /** Nobody wants it any more. What has become a session by then stays one. */
  async cancel(id: string): Promise<void> {
    await this.cleared;
    const upload = this.uploadById.get(id);
    if (upload !== undefined) await this.remove(upload);
  }

  /** Until nothing is written any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.cancelTimer();
    await this.cleared;
    for (const upload of this.uploadById.values()) void this.remove(upload);
    await Promise.all([...this.ending].map(({ line }) => line));
  }

  private begin(piece: UploadPiece, window: UploadingWindow): Upload {
    if (this.isClosed) throw new RecordingError('Truetape is being closed.');
    if (piece.offset !== 0) {
      throw new RecordingError('The beginning of this file is not here any more. Import it again.');
    }
    const running = [...this.uploadById.values()].filter(({ session }) => session === null);
    if (running.length >= maxUploads) {
      throw new RecordingError(
        `${maxUploads} files are being imported. Wait for one of them, then import this one.`,
      );
    }
    const ending = endings.exec(piece.fileName.toLowerCase())?.[0] ?? '';
    const path = join(this.options.folder, `${randomBytes(12).toString('hex')}${ending}`);
    const nowMs = this.options.clock.monotonicMs();
    const upload: Upload = {
      ...{ id: piece.upload, fileName: piece.fileName, path, file: null, received: 0 },
      ...{ lastMs: nowMs, window, openMs: nowMs, session: null, line: Promise.resolve() },
    };
    this.uploadById.set(piece.upload, upload);
    return upload;
  }

  private async takeInTurn(upload: Upload, piece: UploadPiece): Promise<UploadAnswer> {
    if (upload.session !== null) return { received: upload.received, session: upload.session };
    this.refuseEnded(upload);
    if (piece.fileName !== upload.fileName || piece.offset > upload.received) {
      throw new RecordingError('A piece of this file is missing. Import it again.');
    }
    upload.lastMs = this.options.clock.monotonicMs();
    if (piece.offset < upload.received) return { received: upload.received, session: null };
    try {
      await this.write(upload, Buffer.from(piece.base64, 'base64'));
      this.refuseEnded(upload);
      if (!piece.last) return { received: upload.received, session: null };
      const { venue, marketKind } = piece;
      upload.session = await this.end(upload, { venue, marketKind });
      upload.lastMs = this.options.clock.monotonicMs();
      return { received: upload.received, session: upload.session };
    } catch (error) {
      await this.discard(upload);
      this.uploadById.delete(upload.id);
      if (error instanceof RecordingError) throw error;
      const text = error instanceof Error ? error.message : String(error);
      throw new RecordingError(`The file could not be kept (${text}). Make room, then try again.`);
    }
  }

  private refuseEnded(upload: Upload): void {
    if (this.uploadById.get(upload.id) === upload) return;
    throw new RecordingError('This import has ended. Import the file again.');
  }

  private async write(upload: Upload, bytes: Buffer): Promise<void> {
    const { files, folder, maxBytes } = this.options;
    const others = [...this.uploadById.values()].filter(({ session }) => session === null);
    const total = others.reduce((sum, { received }) => sum + received, bytes.length);
    if (total > maxBytes()) {
      throw new RecordingError(
        'There is too little room for this file: imported and pinned sessions may take three quarters of what recordings may take. Unpin or delete some, or raise the limit in the settings.',
      );
    }
    if (upload.file === null) {
      await files.makeFolder(folder);
      upload.file = await files.create(upload.path);
    }
    if ((await files.freeBytes(folder)) < bytes.length + keptFreeBytes) {
      throw new RecordingError(
        'The disk has too little room for this file. Make room, then try again.',
      );
    }
    await upload.file.write(bytes);
    upload.received += bytes.length;
  }

  private async end(
    upload: Upload,
    choice: Pick<UploadedFile, 'venue' | 'marketKind'>,
  ): Promise<string> {
    const { file } = upload;
    upload.file = null;
    await file?.close();
    const fileName = cleaned(upload.fileName);
    const name = fileName.replace(endings, '').slice(0, maxNameLength);
    const { path } = upload;
    const session = await this.options.importFile({ path, fileName, name, ...choice });
    await this.discard(upload);
    return session;
  }

  private schedule(): void {
    this.cancelTimer = this.options.clock.setTimer(lookMs, () => {
      if (this.isClosed) return;
      this.schedule();
      const nowMs = this.options.clock.monotonicMs();
      for (const upload of this.uploadById.values()) {
        if (upload.window.isOpen) upload.openMs = nowMs;
        if (!this.isAbandoned(upload)) continue;
        // Behind what it has under way: an import may take longer than that.
        void upload.line.then(() => (this.isAbandoned(upload) ? this.remove(upload) : undefined));
      }
    });
  }

  private isAbandoned({ lastMs, openMs }: Upload): boolean {
    const nowMs = this.options.clock.monotonicMs();
    return nowMs - lastMs >= abandonedMs || nowMs - openMs >= lostMs;
  }

  private async remove(upload: Upload): Promise<void> {
    this.uploadById.delete(upload.id);
    this.ending.add(upload);
    upload.line = upload.line.then(() => this.discard(upload));
    await upload.line;
    this.ending.delete(upload);
  }

  private async discard(upload: Upload): Promise<void> {
    const { file, path } = upload;
    upload.file = null;
    try {
      await file?.close();
      await this.options.files.remove(path);
    } catch (error) {
      this.options.log(`uploads: ${String(error)}`);
    }
  }

  /** What a former run left. */
  private async clear(): Promise<void> {
    const { files, folder } = this.options;
    const names = await files.list(folder).catch(() => []);
    for (const name of names) {
      await files.remove(join(folder, name)).catch((error: unknown) => {
        this.options.log(`uploads: ${String(error)}`);
      });
    }
  }
}

/** What a person called it, without folders and what cannot be read. */
function cleaned(fileName: string): string {
  const last = fileName.split(/[\\/]/).at(-1) ?? '';
  return last.replaceAll(/\p{C}/gu, '').trim();
}
