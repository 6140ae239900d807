import { join } from 'node:path';
import * as v from 'valibot';
import type { EpochMs } from '../../../shared/market.ts';
import type { SessionSource } from '../../../shared/recordings.ts';
import { sessionSources } from '../../../shared/recordings.ts';
import type { FilesPort } from '../ports/files.ts';
import { RecordingError } from './recordingError.ts';
import { writeWhole } from './writeWhole.ts';

const maxNameLength = 80;

/** Beside a session's segments; the segments themselves say the rest. */
const sessionSchema = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[0-9a-z-]{1,64}$/)),
  name: v.pipe(v.string(), v.maxLength(maxNameLength)),
  source: v.picklist(sessionSources),
  startTime: v.number(),
  endTime: v.nullable(v.number()),
  pinned: v.boolean(),
  /** For a person: what is missing of it since it was imported. */
  problem: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(1_000))), null),
});
type SessionFile = v.InferOutput<typeof sessionSchema>;

export type SessionDescription = Pick<
  SessionFile,
  'source' | 'startTime' | 'endTime' | 'name' | 'pinned' | 'problem'
>;

export interface RecordedSession extends SessionFile {
  readonly folder: string;
  readonly segments: readonly RecordedSegment[];
  readonly bytes: number;
}

export interface RecordedSegment {
  readonly number: number;
  readonly path: string;
  readonly bytes: number;
  /** Plain while it is written and until it was packed. */
  readonly isPacked: boolean;
}

export const segmentName = /^(\d{6})\.rec(\.zst|\.gz)?$/;
const sessionFileName = 'session.json';

/** The sessions of a profile, as files: what cannot be read is left out and stays where it is. */
export class RecordingLibrary {
  private readonly files: FilesPort;
  readonly folder: string;

  constructor(files: FilesPort, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  /** A new session; its id is its start in UTC, so that names sort as they happened. */
  async create(source: SessionSource, startTime: EpochMs): Promise<RecordedSession> {
    const id = await this.freeId(source, startTime);
    const file: SessionFile = {
      version: 1,
      id,
      name: '',
      source,
      startTime,
      endTime: null,
      pinned: false,
      problem: null,
    };
    await this.files.makeFolder(join(this.folder, id));
    await this.save(join(this.folder, id), file);
    return { ...file, folder: join(this.folder, id), segments: [], bytes: 0 };
  }

  /** Makes a folder of segments in this folder a session, whole or not at all. */
  async adopt(draft: string, description: SessionDescription): Promise<RecordedSession> {
    const { source, startTime, endTime, pinned, problem } = description;
    const id = await this.freeId(source, startTime);
    const name = description.name.slice(0, maxNameLength);
    const times = { startTime, endTime };
    await this.save(draft, { version: 1, id, name, source, ...times, pinned, problem });
    const folder = join(this.folder, id);
    await this.files.rename(draft, folder);
    await this.files.syncFolder(this.folder);
    const session = await this.open(id);
    if (session === null) throw new RecordingError(`${folder} cannot be read back.`);
    return session;
  }

  /** Oldest first. */
  async list(): Promise<readonly RecordedSession[]> {
    const names = await this.files.list(this.folder).catch(() => []);
    const sessions: RecordedSession[] = [];
    for (const id of [...names].sort()) {
      const session = await this.open(id);
      if (session !== null) sessions.push(session);
    }
    return sessions;
  }

  /** Null: no such session, or none that can be read. */
  async open(id: string): Promise<RecordedSession | null> {
    if (!/^[0-9a-z-]{1,64}$/.test(id)) return null;
    const folder = join(this.folder, id);
    try {
      const text = (await this.files.read(join(folder, sessionFileName))).toString('utf8');
      const file = v.parse(sessionSchema, JSON.parse(text));
      const segments = await this.segmentsOf(folder);
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
      // A copied folder is a session of its own: what is done to it must not reach the one that it was copied from.
      return { ...file, id, folder, segments, bytes };
    } catch {
      // Not a session of ours, or torn: its files are not touched.
      return null;
    }
  }

  async change(
    id: string,
    change: Partial<Pick<SessionFile, 'name' | 'pinned' | 'endTime'>>,
  ): Promise<void> {
    const session = await this.open(id);
    if (session === null) return;
    const { version, source, startTime, problem } = session;
    const { name, endTime, pinned } = { ...session, ...change };
    await this.save(session.folder, {
      version,
      id,
      source,
      startTime,
      endTime,
      pinned,
      problem,
      name: name.slice(0, maxNameLength),
    });
  }

  async delete(session: RecordedSession): Promise<void> {
    // The description goes first: what is left of a deletion that failed half way is no session any more.
    await this.files.remove(join(session.folder, sessionFileName));
    for (const name of await this.files.list(session.folder)) {
      await this.files.remove(join(session.folder, name));
    }
    await this.files.removeFolder(session.folder);
  }

  /**
   * Removes the oldest segments until everything fits, never those of pinned or held sessions nor the newest one of
   * `activeId`. Returns the bytes freed.
   */
  async enforce(
    quotaBytes: number,
    activeId: string | null,
    held: ReadonlySet<string> = new Set(),
  ): Promise<number> {
    const sessions = await this.list();
    let total = sessions.reduce((sum, session) => sum + session.bytes, 0);
    const before = total;
    for (const session of sessions) {
      if (total <= quotaBytes) break;
      if (session.pinned || held.has(session.id)) continue;
      const isActive = session.id === activeId;
      const removable = isActive ? session.segments.slice(0, -1) : session.segments;
      for (const segment of removable) {
        if (total <= quotaBytes) break;
        await this.files.remove(segment.path);
        total -= segment.bytes;
      }
      if (!isActive && (await this.segmentsOf(session.folder)).length === 0)
        await this.delete(session);
    }
    return before - total;
  }

  private async save(folder: string, file: SessionFile): Promise<void> {
    const text = `${JSON.stringify(file, null, 2)}\n`;
    await writeWhole(this.files, join(folder, sessionFileName), Buffer.from(text));
  }

  private async freeId(source: SessionSource, startTime: EpochMs): Promise<string> {
    const stamp = new Date(startTime).toISOString().slice(0, 19).replaceAll(':', '-').toLowerCase();
    const taken = new Set(await this.files.list(this.folder).catch(() => []));
    let id = `${stamp}-${source}`;
    for (let count = 2; taken.has(id); count += 1) id = `${stamp}-${source}-${count}`;
    return id;
  }

  private async segmentsOf(folder: string): Promise<readonly RecordedSegment[]> {
    try {
      return await this.listSegments(folder);
    } catch {
      // One was packed or removed since the folder was listed.
      return this.listSegments(folder);
    }
  }

  private async listSegments(folder: string): Promise<readonly RecordedSegment[]> {
    const byNumber = new Map<number, RecordedSegment>();
    for (const name of [...(await this.files.list(folder))].sort()) {
      const match = segmentName.exec(name);
      if (match === null) continue;
      const path = join(folder, name);
      const bytes = await this.files.sizeOf(path);
      const number = Number(match[1]);
      // While one is packed both are there; the plain one is whole until it is removed.
      if (match[2] === undefined || !byNumber.has(number)) {
        byNumber.set(number, { number, path, bytes, isPacked: match[2] !== undefined });
      }
    }
    return [...byNumber.values()].sort((a, b) => a.number - b.number);
  }
}
