import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MarketId } from '../../../shared/market.ts';
import type { Mark } from '../../../shared/marks.ts';
import { maxMarks } from '../../../shared/marks.ts';
import type { Timeline } from '../../../shared/replay.ts';
import type { FilesPort } from '../ports/files.ts';
import type { GapSpan, TimelineRange } from './computeTimeline.ts';
import { computeBuckets, mergeSpans } from './computeTimeline.ts';
import { cleanMarkText } from './markText.ts';
import { RecordingError } from './recordingError.ts';
import { TimelineFile } from './timelineFile.ts';
import type { TimelineLine } from './timelineLines.ts';
import { formatLine, parseTimeline } from './timelineLines.ts';
import type { TimelineSample } from './timelineSamples.ts';
import { TimelineSamples } from './timelineSamples.ts';

export type { TimelineSample } from './timelineSamples.ts';

export const timelineName = 'timeline.ndjson';
/** Larger than any that we wrote. */
const mostBytes = 64 * 1024 * 1024;
const mostGaps = 10_000;
/** A millisecond or two. */
const linesAtOnce = 200;
/** A person's own ones come on top of the automatic ones; a script must not fill the memory with them. */
const mostOfAll = 2 * maxMarks;

export interface TimelineLimits {
  /** Of automatic ones. */
  readonly marks: number;
  readonly samples: number;
}

/**
 * What a session is at a glance, beside its segments: counts and prices every few seconds, marks, and time without data.
 * Everything is known at once and written behind; a disk that fails costs nothing but the file.
 */
export class SessionTimeline {
  /** After the marks have changed. */
  onChange: () => void = () => undefined;
  /** Automatic marks that were not kept because there were too many. */
  dropped = 0;
  /** Lines of the file that could not be read. */
  damagedLines = 0;
  private readonly file: TimelineFile;
  private readonly samples: TimelineSamples;
  private readonly marksById = new Map<string, Mark>();
  private readonly gapsById = new Map<string, GapSpan>();
  private readonly limits: TimelineLimits;
  private sorted: readonly Mark[] | null = null;
  private automatic = 0;
  private nextId = 1;
  private nextSample = 1;
  private isBuilding = false;
  private isNew: boolean;

  private constructor(file: TimelineFile, isNew: boolean, limits: Partial<TimelineLimits>) {
    this.file = file;
    this.limits = { marks: maxMarks, samples: 20_000, ...limits };
    this.samples = new TimelineSamples(this.limits.samples);
    this.isNew = isNew;
  }

  /** Of a session that is recorded, or was. Never throws: what cannot be read is left out and told as a problem. */
  static async open(
    files: FilesPort,
    folder: string,
    limits: Partial<TimelineLimits> = {},
  ): Promise<SessionTimeline> {
    const path = join(folder, timelineName);
    const { text, problem } = await readText(files, folder, path);
    // What could not be read may end anywhere.
    const isTorn = problem !== null || (text !== null && text !== '' && !text.endsWith('\n'));
    const file = new TimelineFile(files, path, isTorn);
    file.problem = problem;
    if (problem !== null) file.failures += 1;
    const timeline = new SessionTimeline(file, text === null && problem === null, limits);
    await timeline.read(text ?? '');
    return timeline;
  }

  /** Oldest first. */
  marks(): readonly Mark[] {
    this.sorted ??= [...this.marksById.values()].sort((a, b) => a.time - b.time);
    return this.sorted;
  }

  /** For a person, while it cannot be written. */
  get problem(): string | null {
    return this.file.problem;
  }

  get failures(): number {
    return this.file.failures;
  }

  /** Once per trouble. */
  set onProblem(tell: (problem: string) => void) {
    this.file.onProblem = tell;
  }

  /** False: of a session without one, or a build of it did not come to its end; `buildTimeline` makes it. */
  get isComplete(): boolean {
    return this.samples.counts.length > 0 && !this.isBuilding;
  }

  /** Throws `RecordingError` when there are too many. */
  add(mark: Omit<Mark, 'id'>): Mark {
    if (this.marksById.size >= mostOfAll) {
      throw new RecordingError('This session has too many marks. Remove some first.');
    }
    return this.make(mark);
  }

  /** Null: not kept, and counted. */
  addAutomatic(mark: Omit<Mark, 'id'>): Mark | null {
    if (this.automatic < this.limits.marks) return this.make(mark);
    this.drop();
    return null;
  }

  /** An automatic mark that is one too many. */
  drop(): void {
    this.dropped += 1;
    this.onChange();
  }

  /** What became of an automatic one. */
  update(mark: Mark): void {
    const before = this.marksById.get(mark.id);
    if (before === undefined || JSON.stringify(before) === JSON.stringify(mark)) return;
    this.set({ ...mark, text: cleanMarkText(mark.text) });
  }

  /** A person's note; false where the mark is none of a person. */
  change(id: string, note: string): boolean {
    const mark = this.marksById.get(id);
    if (mark?.kind !== 'user') return false;
    this.set({ ...mark, text: cleanMarkText(note) });
    return true;
  }

  remove(id: string): boolean {
    if (this.marksById.get(id)?.kind !== 'user') return false;
    this.marksById.delete(id);
    this.sorted = null;
    this.write(`mark ${id}`, { type: 'removed', id });
    this.onChange();
    return true;
  }

  /** Begins a time without data, or changes the one of this id. */
  setGap(id: string, span: GapSpan): void {
    const before = this.gapsById.get(id);
    if (before === undefined && this.gapsById.size >= mostGaps) return;
    if (before?.from === span.from && before.to === span.to) return;
    this.gapsById.set(id, span);
    this.write(`gap ${id}`, { type: 'gap', id, ...span });
  }

  /** How soon after a sample the next one is due. */
  get sampleMs(): number {
    return this.samples.intervalMs;
  }

  sample(sample: TimelineSample): void {
    const first = this.samples.markets.length;
    const added = this.samples.name(sample.prices.keys());
    if (added.length > 0) {
      this.write(`markets ${first}`, { type: 'markets', first, markets: [...added] });
    }
    const kept = this.samples.gather(sample);
    if (kept === null) return;
    const n = this.nextSample;
    const turn = this.samples.turnOf(n);
    const prices = turn.markets.map((market) => rounded(kept.prices.get(market) ?? null));
    const { time, coversMs, inputs, messages, bytes, venuesLive } = kept;
    const line = {
      ...{ type: 'sample' as const, n, time: Math.round(time), ms: Math.round(coversMs) },
      ...{ inputs, messages, bytes, live: venuesLive, first: turn.first, prices },
      dropped: this.dropped,
    };
    this.take(line);
    this.write(`sample ${n}`, line);
  }

  timeline(market: MarketId, buckets: number, range: TimelineRange): Omit<Timeline, 'session'> {
    const { counts, holdMs } = this.samples;
    const points = this.samples.pointsOf(market);
    return {
      ...range,
      buckets: computeBuckets(counts, points, holdMs, buckets, range),
      gaps: mergeSpans([...this.gapsById.values()], range),
    };
  }

  /** From the records of a session that has none: what an unfinished look at them left goes first. */
  beginBuild(): void {
    this.take({ type: 'building' });
    this.write('building', { type: 'building' });
    this.onChange();
  }

  endBuild(): void {
    this.take({ type: 'built' });
    this.write('built', { type: 'built' });
    this.onChange();
  }

  /** Until what was told by now is on the disk, as far as that can be had. */
  flush(): Promise<void> {
    return this.file.idle();
  }

  /** Flushes. */
  close(): Promise<void> {
    return this.file.close();
  }

  /** A day has many lines: whoever waits runs in between. */
  private async read(text: string): Promise<void> {
    const findings = { damaged: 0, unknown: 0 };
    let left = linesAtOnce;
    for (const line of parseTimeline(text, findings)) {
      if (line !== null) this.take(line);
      left -= 1;
      if (left > 0) continue;
      left = linesAtOnce;
      await nextTurn();
    }
    this.damagedLines = findings.damaged;
  }

  private make(mark: Omit<Mark, 'id'>): Mark {
    const id = `m${this.nextId}`;
    const made = { ...mark, id, text: cleanMarkText(mark.text) };
    this.set(made);
    return made;
  }

  private set(mark: Mark): void {
    const line = { type: 'mark' as const, mark };
    this.take(line);
    this.write(`mark ${mark.id}`, line);
    this.onChange();
  }

  private write(name: string, line: TimelineLine): void {
    if (this.isNew) {
      this.isNew = false;
      this.file.put('timeline', formatLine({ type: 'timeline', version: 1 }));
    }
    this.file.put(name, formatLine(line));
  }

  /** From the file as from those who make them: both lead to the same state. */
  private take(line: TimelineLine): void {
    switch (line.type) {
      case 'timeline':
        return;
      case 'markets':
        // Places are told once: a line that is missing before leaves no room for those behind.
        if (line.first === this.samples.markets.length) this.samples.name(line.markets);
        return;
      case 'sample':
        this.takeSample(line);
        return;
      case 'mark':
        this.takeMark(line.mark);
        return;
      case 'removed':
        this.nextId = Math.max(this.nextId, numberOf(line.id) + 1);
        this.forget(line.id);
        return;
      case 'gap':
        if (this.gapsById.has(line.id) || this.gapsById.size < mostGaps) {
          const { venue, from, to } = line;
          this.gapsById.set(line.id, { venue, from, to });
        }
        return;
      case 'building':
        this.isBuilding = true;
        this.samples.clear();
        this.gapsById.clear();
        for (const mark of this.marks()) if (mark.kind !== 'user') this.forget(mark.id);
        return;
      case 'built':
        this.isBuilding = false;
        return;
      default:
        line satisfies never;
    }
  }

  private takeSample(line: Extract<TimelineLine, { type: 'sample' }>): void {
    if (line.n < this.nextSample) return;
    this.nextSample = line.n + 1;
    this.dropped = Math.max(this.dropped, line.dropped);
    const prices = new Map<MarketId, number | null>();
    line.prices.forEach((price, index) => {
      const market = this.samples.markets[line.first + index];
      if (market !== undefined) prices.set(market, price);
    });
    const { time, ms: coversMs, inputs, messages, bytes, live: venuesLive } = line;
    this.samples.add({ time, coversMs, inputs, messages, bytes, venuesLive, prices });
  }

  private takeMark(mark: Mark): void {
    this.nextId = Math.max(this.nextId, numberOf(mark.id) + 1);
    const isKnown = this.marksById.has(mark.id);
    if (!isKnown && this.marksById.size >= mostOfAll) return;
    if (!isKnown && mark.kind !== 'user') this.automatic += 1;
    this.marksById.set(mark.id, mark);
    this.sorted = null;
  }

  private forget(id: string): void {
    const mark = this.marksById.get(id);
    if (mark === undefined) return;
    if (mark.kind !== 'user') this.automatic -= 1;
    this.marksById.delete(id);
    this.sorted = null;
  }
}

async function readText(
  files: FilesPort,
  folder: string,
  path: string,
): Promise<{ readonly text: string | null; readonly problem: string | null }> {
  try {
    if (!(await files.list(folder)).includes(timelineName)) return { text: null, problem: null };
    if ((await files.sizeOf(path)) > mostBytes) {
      return { text: '', problem: `${timelineName} is too large to be read.` };
    }
    return { text: (await files.read(path)).toString('utf8'), problem: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { text: '', problem: `Marks and the timeline could not be read (${reason}).` };
  }
}

/** `m12` is 12; 0 for one of another form. */
function numberOf(id: string): number {
  const match = /^m(\d{1,15})$/.exec(id);
  return match === null ? 0 : Number(match[1]);
}

/** Ten figures are more than a price has. */
function rounded(price: number | null): number | null {
  return price === null ? null : Number(price.toPrecision(10));
}
