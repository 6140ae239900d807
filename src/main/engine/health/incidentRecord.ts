import type { GapRecord, StreamChannel } from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { Incident, IncidentKind, IncidentOutcome } from '../../../shared/incidents.ts';
import type { EpochMs, InstrumentId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { inertText } from '../feed/inertText.ts';

const longestCause = 200;
/** Further gaps of one incident are counted by their own records only. */
const mostGaps = 500;

/** What began, and what it is the same as: a second beginning of a key within `foldMs` of its end goes on. */
export interface IncidentStart {
  readonly key: string;
  readonly kind: IncidentKind;
  readonly venue: VenueId | null;
  readonly instrument: InstrumentId | null;
  readonly channel: StreamChannel | null;
  readonly connection: string | null;
  readonly cause: string;
  readonly from: EpochMs;
  readonly fromMs: number;
  readonly foldMs: number;
}

export interface IncidentRecordSaved {
  readonly id: number;
  readonly start: IncidentStart;
  readonly causes: readonly string[];
  readonly kind: IncidentKind;
  readonly times: number;
  readonly earlierMs: number;
  readonly sinceMs: number;
  readonly attempts: number;
  readonly streams: readonly string[];
  readonly connections: readonly string[];
  readonly gaps: readonly (readonly [number, GapRecord])[];
  readonly outMs: number;
  readonly over: { readonly time: EpochMs; readonly ms: number } | null;
  readonly closed: boolean;
}

/** One incident while it can still change: what fell with it, what it cost, and whether it is over. */
export class IncidentRecord {
  readonly id: number;
  start: IncidentStart;
  kind: IncidentKind;
  attempts = 0;
  outMs = 0;
  /** Ids of the streams that were not live because of it. */
  readonly streams = new Set<string>();
  readonly connections = new Set<string>();
  /** Everything runs again since then; what is missing may still be fetched. */
  over: { readonly time: EpochMs; readonly ms: number } | null = null;
  /** Its end was told. */
  closed = false;
  /** May be another than the one that was told. */
  changed = true;
  private times = 1;
  /** How long it lasted before it came back the last time, and since when it is back. */
  private earlierMs = 0;
  private sinceMs: number;
  private causes: string[];
  private readonly gaps = new Map<number, GapRecord>();

  constructor(id: number, start: IncidentStart) {
    this.id = id;
    this.start = start;
    this.kind = start.kind;
    this.causes = [start.cause];
    this.sinceMs = start.fromMs;
  }

  /** It happened once more before it was forgotten. */
  again(cause: string, fromMs: number): void {
    this.earlierMs = this.lastedMs;
    this.sinceMs = fromMs;
    this.over = null;
    this.closed = false;
    this.times += 1;
    this.addCause(cause);
    this.changed = true;
  }

  /** It was not over yet. */
  resume(): void {
    if (this.over === null) return;
    this.over = null;
    this.closed = false;
    this.changed = true;
  }

  /** The same trouble under a graver name. */
  escalate(kind: IncidentKind, cause: string): void {
    if (this.kind === kind) return;
    this.kind = kind;
    this.addCause(cause);
    this.changed = true;
  }

  /** More is known of its cause by now. */
  explain(cause: string): void {
    if (this.causes.at(-1) === cause) return;
    this.addCause(cause);
    this.changed = true;
  }

  tried(count = 1): void {
    if (count <= 0) return;
    this.attempts += count;
    this.changed = true;
  }

  addStream(id: string): void {
    if (this.streams.has(id)) return;
    this.streams.add(id);
    this.changed = true;
  }

  /** Told once a second, so that what runs never says less by more than that. */
  addOut(elapsedMs: number): void {
    const before = Math.floor(this.outMs / 1000);
    this.outMs += elapsedMs;
    if (Math.floor(this.outMs / 1000) !== before) this.changed = true;
  }

  /** It began before it was noticed. */
  dateBack(byMs: number): void {
    const { start } = this;
    this.start = { ...start, from: start.from - byMs, fromMs: start.fromMs - byMs };
    this.sinceMs -= byMs;
    this.changed = true;
  }

  /** It concerns more than it seemed to. */
  widen(where: Partial<Pick<IncidentStart, 'instrument' | 'channel' | 'connection'>>): void {
    this.start = { ...this.start, ...where };
    this.changed = true;
  }

  setGap(gap: GapRecord): boolean {
    if (!this.gaps.has(gap.id) && this.gaps.size >= mostGaps) return false;
    this.gaps.set(gap.id, gap);
    this.changed = true;
    return true;
  }

  gapRecords(): readonly GapRecord[] {
    return [...this.gaps.values()];
  }

  toIncident(): Incident {
    const { start, over } = this;
    const isOver = this.closed && over !== null;
    return {
      id: this.id,
      venue: start.venue,
      kind: this.kind,
      instrument: start.instrument,
      channel: start.channel,
      connection: start.connection,
      from: start.from,
      to: isOver ? Math.max(start.from, over.time) : null,
      durationMs: isOver ? this.lastedMs : null,
      cause: this.cause(),
      attempts: this.attempts,
      cost: {
        streams: this.streams.size,
        ...tradesOf(this.gapRecords()),
        outOfPriceMs: Math.round(this.outMs),
      },
      outcome: isOver ? outcomeOf(this.gapRecords()) : 'running',
    };
  }

  /** Without the time between its returns. */
  private get lastedMs(): number {
    const untilMs = this.over?.ms ?? this.sinceMs;
    return this.earlierMs + Math.max(0, untilMs - this.sinceMs);
  }

  save(): IncidentRecordSaved {
    const { id, start, kind, times, earlierMs, sinceMs, attempts, outMs, over, closed } = this;
    return {
      ...{ id, start, kind, times, earlierMs, sinceMs, attempts, outMs, over, closed },
      causes: [...this.causes],
      streams: [...this.streams],
      connections: [...this.connections],
      gaps: [...this.gaps],
    };
  }

  static restored(saved: IncidentRecordSaved): IncidentRecord {
    const record = new IncidentRecord(saved.id, saved.start);
    record.kind = saved.kind;
    record.times = saved.times;
    record.earlierMs = saved.earlierMs;
    record.sinceMs = saved.sinceMs;
    record.causes = [...saved.causes];
    record.attempts = saved.attempts;
    record.outMs = saved.outMs;
    record.over = saved.over;
    record.closed = saved.closed;
    record.changed = false;
    for (const id of saved.streams) record.streams.add(id);
    for (const name of saved.connections) record.connections.add(name);
    for (const [id, gap] of saved.gaps) record.gaps.set(id, gap);
    return record;
  }

  /** First and last of what was said. */
  private addCause(cause: string): void {
    const [first = cause] = this.causes;
    this.causes = first === cause ? [first] : [first, cause];
  }

  private cause(): string {
    const often = this.times > 1 ? ` (${this.times} times)` : '';
    const text = inertText(this.causes.join('; then '));
    return `${text.slice(0, longestCause - often.length)}${often}`.toWellFormed();
  }
}

function tradesOf(
  gaps: readonly GapRecord[],
): Pick<Incident['cost'], 'missingTrades' | 'repairedTrades'> {
  let missingTrades: number | null = 0;
  let repairedTrades = 0;
  for (const { channel, missing, repairedBy } of gaps) {
    if (channel !== 'trade') continue;
    missingTrades = missing === null || missingTrades === null ? null : missingTrades + missing;
    if (repairedBy === 'rest') repairedTrades += missing ?? 0;
  }
  return { missingTrades, repairedTrades };
}

/** A book that was fetched anew is whole again; trades and bars are judged by what is still missing. */
function outcomeOf(gaps: readonly GapRecord[]): IncidentOutcome {
  const real = gaps.filter((gap) => gap.missing !== 0);
  if (real.length === 0) return 'recovered';
  const data = real.filter(({ channel }) => channel !== 'book');
  const lost = data.filter((gap) => !isRepaired(gap)).length;
  if (lost === 0) return 'repaired';
  return lost === data.length ? 'notRepaired' : 'partlyRepaired';
}
