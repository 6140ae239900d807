import { basename, dirname } from 'node:path';
import type { EpochMs } from '../../../shared/market.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { FilesPort } from '../ports/files.ts';
import { packSegment } from '../recording/packSegment.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import type { SegmentDamage } from '../recording/readSegment.ts';
import { repairTail } from '../recording/repairTail.ts';
import { textOf } from '../commandResult.ts';
import { WorkLine } from './workLine.ts';

const quotaCheckMs = 30_000;
const gibibyte = 1024 * 1024 * 1024;
/** Sessions that are pinned, as imported ones are, never take it all: the oldest of what is recorded now would go for them. */
const pinnedShare = 0.75;
/** A disk that is small is not filled, whatever the quota. */
const freeShare = 0.1;

export interface SessionFilesOptions {
  readonly files: FilesPort;
  readonly clock: ClockPort;
  /** Of all sessions. */
  readonly folder: string;
  readonly log: (text: string) => void;
  readonly pack?: (path: string) => Promise<void>;
}

/** The sessions on the disk: packed, inside of a quota, and left alone while somebody reads them. */
export class SessionFiles {
  readonly library: RecordingLibrary;
  totalBytes = 0;
  /** Of them: what makes no room for new ones. */
  pinnedBytes = 0;
  quotaBytes = 0;
  freeBytes = 0;
  /** A session was changed, ended or deleted. */
  onChange: () => void = () => undefined;
  private readonly options: SessionFilesOptions;
  private readonly line = new WorkLine();
  private readonly heldById = new Map<string, number>();
  /** Segments of held sessions, packed when nobody reads them any more. */
  private readonly unpackedById = new Map<string, string[]>();
  /** Of sessions that a former run left: what of a segment cannot be read. */
  private readonly damageById = new Map<string, string>();
  /** Their segments are handed over one by one as they end. */
  private readonly ownIds = new Set<string>();
  private activeId: string | null = null;
  private quotaGb: number;
  private cancelTimer: () => void = () => undefined;
  private isClosed = false;

  constructor(options: SessionFilesOptions, quotaGb: number) {
    this.options = options;
    this.quotaGb = quotaGb;
    this.library = new RecordingLibrary(options.files, options.folder);
    this.inLine(() => this.packOld());
    this.keepQuota();
  }

  /** A session that this run writes. */
  own(id: string): void {
    this.ownIds.add(id);
  }

  /** Its newest segment is never removed. */
  setActive(id: string | null): void {
    this.activeId = id;
  }

  setQuota(quotaGb: number): void {
    if (quotaGb === this.quotaGb) return;
    this.quotaGb = quotaGb;
    this.inLine(() => this.enforce());
  }

  /** What may still be pinned or brought in; negative when more is pinned already. */
  get pinnableBytes(): number {
    return this.quotaBytes * pinnedShare - this.pinnedBytes;
  }

  /** A pinned session that was brought in. */
  imported({ bytes }: RecordedSession): void {
    this.totalBytes += bytes;
    this.pinnedBytes += bytes;
    this.onChange();
  }

  /** Nothing of the session is packed or removed until the returned function is called. */
  hold(id: string): () => void {
    this.heldById.set(id, (this.heldById.get(id) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.release(id);
    };
  }

  /** As `hold`, when what was under way has ended: its files stay as they are from here on. */
  async holdStill(id: string): Promise<() => void> {
    const release = this.hold(id);
    await this.line.add(() => Promise.resolve(), 'urgent');
    return release;
  }

  /** As it is when nothing is at work on it: what is held then stays so. Null: there is no such session. */
  find(id: string): Promise<RecordedSession | null> {
    return this.line.add(() => this.library.open(id), 'urgent');
  }

  /** For a person: what cannot be read of it; null: nothing is known to be wrong. */
  problemOf(id: string): string | null {
    return this.damageById.get(id) ?? null;
  }

  pack(path: string): void {
    const id = basename(dirname(path));
    this.inLine(async () => {
      if (this.isClosed) return;
      if (this.heldById.has(id)) {
        this.unpackedById.set(id, [...(this.unpackedById.get(id) ?? []), path]);
        return;
      }
      await (this.options.pack ?? packSegment)(path);
    });
  }

  /** Null: there is no such session. */
  change(
    id: string,
    change: Parameters<RecordingLibrary['change']>[1],
  ): Promise<RecordedSession | null> {
    return this.urgently(async () => {
      const session = await this.library.open(id);
      if (session === null) return null;
      await this.library.change(id, change);
      const { pinned, bytes } = session;
      const isPinned = change.pinned ?? pinned;
      if (isPinned !== pinned) this.pinnedBytes += isPinned ? bytes : -bytes;
      return session;
    });
  }

  /** After its last byte is on the disk. */
  async finish(id: string, endTime: EpochMs, stopped: Promise<void>): Promise<void> {
    await this.urgently(async () => {
      await stopped;
      await this.library.change(id, { endTime });
    });
  }

  /** A session that somebody reads stays: whoever holds it before its turn comes finds it whole. */
  delete(id: string): Promise<'deleted' | 'unknown' | 'held'> {
    return this.urgently(async () => {
      const session = await this.library.open(id);
      if (session === null) return 'unknown';
      if (this.heldById.has(id)) return 'held';
      await this.library.delete(session);
      this.damageById.delete(id);
      this.totalBytes -= session.bytes;
      if (session.pinned) this.pinnedBytes -= session.bytes;
      return 'deleted';
    });
  }

  /** Until what is under way has ended; what was to be packed stays plain. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.cancelTimer();
    await this.line.whenIdle();
  }

  private urgently<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.line.add(work, 'urgent');
    return done.finally(() => this.onChange());
  }

  private inLine(work: () => Promise<void>): void {
    this.line.add(work).catch((error: unknown) => {
      this.options.log(`recordings: ${textOf(error)}`);
    });
  }

  private release(id: string): void {
    const held = (this.heldById.get(id) ?? 1) - 1;
    if (held > 0) {
      this.heldById.set(id, held);
      return;
    }
    this.heldById.delete(id);
    const paths = this.unpackedById.get(id) ?? [];
    this.unpackedById.delete(id);
    for (const path of paths) this.pack(path);
  }

  /** What a former run left plain: it may have been killed in the middle of a frame. */
  private async packOld(): Promise<void> {
    for (const { id, segments } of await this.library.list()) {
      for (const { path, isPacked } of segments) {
        if (!isPacked && !this.ownIds.has(id)) this.inLine(() => this.packOne(id, path));
      }
    }
  }

  /** What cannot be packed stays as it is; the others are packed all the same. */
  private async packOne(id: string, path: string): Promise<void> {
    if (this.isClosed || this.heldById.has(id)) return;
    try {
      const damage = await repairTail(path);
      if (damage?.isCut === false) {
        this.noteDamage(id, path, damage);
        return;
      }
      if (damage !== null) this.options.log(`${path}: cut at ${damage.offset}, ${damage.reason}`);
      await (this.options.pack ?? packSegment)(path);
    } catch (error) {
      this.options.log(`${path} stays unpacked: ${textOf(error)}`);
    }
  }

  /** It stays plain, as it is: what lies behind the damage may still be of use to somebody. */
  private noteDamage(id: string, path: string, { offset, reason }: SegmentDamage): void {
    this.options.log(`${path}: damaged at ${offset}, ${reason}`);
    if (this.damageById.has(id)) return;
    const text = `${basename(path)} is damaged at byte ${offset} (${reason}): what follows there, up to the next segment, cannot be played.`;
    this.damageById.set(id, text);
    this.onChange();
  }

  private keepQuota(): void {
    this.inLine(() => this.enforce());
    this.cancelTimer = this.options.clock.setTimer(quotaCheckMs, () => {
      if (!this.isClosed) this.keepQuota();
    });
  }

  private async enforce(): Promise<void> {
    const { files, folder } = this.options;
    await files.makeFolder(folder);
    const sessions = await this.library.list();
    this.totalBytes = bytesOf(sessions);
    this.pinnedBytes = bytesOf(sessions.filter(({ pinned }) => pinned));
    this.freeBytes = await files.freeBytes(folder);
    this.quotaBytes = Math.min(
      this.quotaGb * gibibyte,
      (this.freeBytes + this.totalBytes) * freeShare,
    );
    const held = new Set(this.heldById.keys());
    this.totalBytes -= await this.library.enforce(this.quotaBytes, this.activeId, held);
  }
}

function bytesOf(sessions: readonly RecordedSession[]): number {
  return sessions.reduce((sum, { bytes }) => sum + bytes, 0);
}
