import type { Command, CommandError } from '../../shared/bridge.ts';
import { uploadChunkBytes } from '../../shared/bridge.ts';
import type { MarketStore } from '../store/marketStore.ts';

type UploadCommand = Extract<Command, { type: 'uploadRecording' }>;

/** What only a person can say of lines in the form of Tardis; null: the host finds it out. */
export type UploadChoice = Pick<UploadCommand, 'venue' | 'marketKind'>;

export type UploadEnd =
  | { readonly type: 'imported'; readonly session: string }
  | {
      readonly type: 'refused';
      readonly code: CommandError;
      readonly message: string;
      readonly candidates: readonly string[];
    }
  | { readonly type: 'cancelled' };

export interface Upload {
  readonly store: MarketStore;
  readonly file: File;
  readonly choice: UploadChoice;
  readonly signal: AbortSignal;
  /** Bytes that the host has; all of them while it reads what it got. */
  readonly onProgress: (bytes: number) => void;
  /** How long a lost connection is waited for. */
  readonly patienceMs?: number;
}

const defaultPatienceMs = 60_000;

/** Two uploads never mix, also not over a reload of the page. */
function createUploadId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readBase64(piece: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      const text = typeof reader.result === 'string' ? reader.result : '';
      resolve(text.slice(text.indexOf(',') + 1));
    });
    reader.addEventListener('error', () => reject(new Error('the file could not be read')));
    reader.readAsDataURL(piece);
  });
}

function refused(message: string): UploadEnd {
  return { type: 'refused', code: 'internal', message, candidates: [] };
}

function isConnected(store: MarketStore): boolean {
  const { status } = store.linkHealth();
  return status === 'open' || status === 'silent';
}

/** True when the host is heard again; false when it took too long, or nobody waits any more. */
function untilConnected({ store, signal, patienceMs = defaultPatienceMs }: Upload) {
  return new Promise<boolean>((resolve) => {
    const end = (connected: boolean) => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', onAbort);
      resolve(connected);
    };
    const onAbort = () => end(false);
    const timer = setTimeout(() => end(false), patienceMs);
    const stop = store.windowState.subscribe(() => {
      if (isConnected(store)) end(true);
    });
    signal.addEventListener('abort', onAbort);
    if (isConnected(store)) end(true);
  });
}

/** The file becomes a session whole, or the host throws its pieces away. */
export async function uploadRecording(upload: Upload): Promise<UploadEnd> {
  const id = createUploadId();
  const end = await sendPieces(upload, id);
  // Its place is free for the next one; a host that cannot hear it finds out by itself.
  if (end.type !== 'imported') void upload.store.command({ type: 'cancelUpload', upload: id });
  return end;
}

/** One piece after the other, the next when the host has the last; goes on where the host is after a lost connection. */
async function sendPieces(upload: Upload, id: string): Promise<UploadEnd> {
  const { store, file, choice, signal, onProgress } = upload;
  let offset = 0;
  for (;;) {
    const piece = file.slice(offset, offset + uploadChunkBytes);
    const base64 = await readBase64(piece).catch(() => null);
    if (base64 === null) {
      return refused('The file can no longer be read. Look whether it was moved or changed.');
    }
    if (signal.aborted) return { type: 'cancelled' };
    const last = offset + piece.size >= file.size;
    if (last) onProgress(file.size);
    const answer = await store.command({
      type: 'uploadRecording',
      ...{ upload: id, fileName: file.name, offset, base64, last },
      ...choice,
    });
    if (!answer.ok) {
      if (isConnected(store)) {
        const { code, message, candidates } = answer;
        return { type: 'refused', code, message, candidates };
      }
      if (await untilConnected(upload)) continue;
      if (signal.aborted) return { type: 'cancelled' };
      return refused('The connection to the engine did not come back. Import the file again then.');
    }
    const { received, session } = answer.value;
    if (session !== null) return { type: 'imported', session };
    if (last || received <= offset || received > file.size) {
      return refused('The engine did not take the whole file. Import it again.');
    }
    offset = received;
    onProgress(offset);
  }
}
