import type { EpochMs } from '../../../shared/market.ts';
import { RecordReader } from './readRecords.ts';
import { readSegment } from './readSegment.ts';
import type { LostInputs } from './recordBlock.ts';
import { RecordingError } from './recordingError.ts';
import type { RecordedSession } from './recordingLibrary.ts';
import { SegmentFile } from './segmentFile.ts';
import type { SegmentIndex } from './segmentIndex.ts';
import { emptyIndex, parseIndex, scanSegment } from './segmentIndex.ts';
import type { SegmentFrame } from './segmentStream.ts';
import { SegmentStream } from './segmentStream.ts';
import type { SessionTimeline } from './sessionTimeline.ts';

/** Inputs that a session does not hold. */
export interface RecordedLoss {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Null: nothing says how many. */
  readonly count: number | null;
  /** `unreadable`: written, and damaged or removed since. */
  readonly reason: LostInputs['reason'] | 'unreadable';
}

const reasonWords: Readonly<Record<RecordedLoss['reason'], string>> = {
  overflow: 'the disk was too slow',
  'write-failed': 'writing failed',
  'disk-full': 'the disk was full',
  stopped: 'recording was stopped',
  unreadable: 'that part of the recording cannot be read',
};

/**
 * What is missing of a session, oldest first: by the count that each segment begins with, by the `lost` record that says why,
 * and by how the last one ends. A segment that cannot be read counts as missing.
 */
export async function readLosses(
  session: Pick<RecordedSession, 'segments' | 'endTime' | 'source'>,
): Promise<readonly RecordedLoss[]> {
  const losses: RecordedLoss[] = [];
  let before: Looked | null = null;
  for (const [at, { path }] of session.segments.entries()) {
    const isLast = at === session.segments.length - 1;
    const looked = await look(path, isLast, before === null ? null : lastOf(before));
    if (looked === null) continue;
    losses.push(...lossBetween(before, looked));
    before = looked;
  }
  if (before !== null) losses.push(...(await lossAtEnd(before, session)));
  return losses;
}

/** Those of which is known how many they are. */
export function lostInputsOf(losses: readonly RecordedLoss[]): number {
  return losses.reduce((sum, { count }) => sum + (count ?? 0), 0);
}

/** `12 inputs lost: the disk was full`. */
export function describeLoss({ count, reason }: RecordedLoss): string {
  const lost = count === null ? 'Inputs' : numbered(count);
  return `${lost} lost: ${reasonWords[reason]}`;
}

/** For a person; null: nothing is missing. */
export function describeLosses(losses: readonly RecordedLoss[]): string | null {
  if (losses.length === 0) return null;
  const reasons = [...new Set(losses.map(({ reason }) => reasonWords[reason]))].join('; ');
  const total = lostInputsOf(losses);
  const isMore = losses.some(({ count }) => count === null);
  const lost = total === 0 ? 'inputs' : `${numbered(total)}${isMore ? ' and more' : ''}`;
  const places = losses.length === 1 ? 'one place' : `${losses.length} places`;
  return `Missing in the recording: ${lost}, in ${places} (${reasons}).`;
}

/** Time without data and marks of them, once however often it is called. */
export function noteLosses(losses: readonly RecordedLoss[], timeline: SessionTimeline): void {
  for (const loss of losses) {
    const { from, to } = loss;
    timeline.setGap(`lost-${Math.round(from)}`, { venue: null, from, to });
    const text = describeLoss(loss);
    const isKnown = timeline
      .marks()
      .some((mark) => mark.kind === 'gap' && mark.time === from && mark.text === text);
    if (isKnown) continue;
    const toTime = to > from ? to : null;
    timeline.addAutomatic({ kind: 'gap', time: from, toTime, venue: null, market: null, text });
  }
}

function numbered(count: number): string {
  return count === 1 ? '1 input' : `${count.toLocaleString('en-US')} inputs`;
}

interface Looked {
  readonly path: string;
  readonly startTime: EpochMs;
  /** Handled before its first one. */
  readonly inputs: number;
  readonly lost: LostInputs | null;
  readonly last: SegmentIndex['last'];
  readonly end: SegmentIndex['end'];
  /** Null: not looked for, or there is none. */
  readonly endReason: string | null;
}

/** Number of its last input. */
function lastOf({ last, inputs }: Looked): number {
  return last?.inputs ?? inputs;
}

function lossBetween(before: Looked | null, { lost, ...looked }: Looked): readonly RecordedLoss[] {
  if (before === null) {
    if (lost === null) return [];
    const { fromTime, toTime, count, reason } = lost;
    return [{ from: fromTime, to: Math.max(toTime, fromTime), count, reason }];
  }
  const count = looked.inputs - lastOf(before);
  if (count <= 0) return [];
  const from = before.last?.time ?? before.startTime;
  const to = Math.max(from, looked.startTime);
  return [{ from, to, count, reason: lost?.reason ?? 'unreadable' }];
}

async function lossAtEnd(
  last: Looked,
  { endTime, source }: Pick<RecordedSession, 'endTime' | 'source'>,
): Promise<readonly RecordedLoss[]> {
  const from = last.last?.time ?? last.startTime;
  const to = Math.max(from, endTime ?? from);
  const loss = (reason: RecordedLoss['reason']) => [{ from, to, count: null, reason }];
  if (last.end !== null && last.end.hash !== null) return [];
  if (last.endReason === 'overflow' || last.endReason === 'disk-full') return loss(last.endReason);
  // A kill leaves no end either, but then the session has none; of an imported one it may not have been among the files.
  if (endTime === null || source === 'imported') return [];
  if (last.end !== null) return loss('unreadable');
  return (await isDamaged(last.path)) ? [] : loss('write-failed');
}

/** That is told where it is read. */
async function isDamaged(path: string): Promise<boolean> {
  const found = { damage: false };
  const frames = readSegment(path, () => {
    found.damage = true;
  });
  for await (const frame of frames) void frame;
  return found.damage;
}

/** `before`: number of the last input before it. Null: it cannot be read at all. */
async function look(path: string, isLast: boolean, before: number | null): Promise<Looked | null> {
  try {
    const file = await SegmentFile.open(path);
    try {
      return await lookInto(file, isLast, before);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof RecordingError) return null;
    throw error;
  }
}

async function lookInto(
  file: SegmentFile,
  isLast: boolean,
  before: number | null,
): Promise<Looked | null> {
  const found = new Beginning();
  const own = file.indexText === null ? null : parseIndex(file.indexText);
  // Of a packed one the beginning is enough, but for how the last one ended.
  const isShort = own !== null && (!isLast || (own.end !== null && own.end.hash !== null));
  if (isShort) await readBeginning(file, found, before);
  const index = isShort ? own : await scanSegment(file, emptyIndex, (frame) => found.note(frame));
  const { header, lost, endReason } = found;
  if (header === null) return null;
  return { path: file.path, ...header, lost, endReason, last: index.last, end: index.end };
}

/** Where nothing is missing its header is enough; the state behind it is large. */
async function readBeginning(
  file: SegmentFile,
  found: Beginning,
  before: number | null,
): Promise<void> {
  const stream = new SegmentStream(file, 0);
  while (!found.isWhole) {
    if (before !== null && found.header !== null && found.header.inputs <= before) return;
    const frame = stream.next();
    if (frame !== null) found.note(frame);
    else if (!(await stream.load())) return;
  }
}

class Beginning {
  header: { readonly startTime: EpochMs; readonly inputs: number } | null = null;
  lost: LostInputs | null = null;
  endReason: string | null = null;
  /** What was lost stands in front of all other records. */
  isWhole = false;

  note(frame: SegmentFrame): void {
    if (frame.type === 'header') this.header = readHeader(frame.value);
    else if (frame.type === 'end') this.endReason = readReason(frame.value);
    else if (frame.type === 'records' && !this.isWhole) {
      this.isWhole = true;
      const first = new RecordReader().read(frame.body).next();
      if (first.done !== true && first.value.type === 'lost') this.lost = first.value.lost;
    }
  }
}

function readHeader(value: unknown): Beginning['header'] {
  if (typeof value !== 'object' || value === null) return null;
  if (!('startTime' in value) || !('inputs' in value)) return null;
  const { startTime, inputs: before } = value;
  if (typeof startTime !== 'number' || typeof before !== 'number') return null;
  return { startTime, inputs: before };
}

function readReason(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('reason' in value)) return null;
  return typeof value.reason === 'string' ? value.reason : null;
}
