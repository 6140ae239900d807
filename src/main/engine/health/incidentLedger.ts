import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { IncidentLog } from './incidentLog.ts';
import type { IncidentRecordSaved, IncidentStart } from './incidentRecord.ts';
import { IncidentRecord } from './incidentRecord.ts';

/** So long an incident that is over waits for the repair of its gaps before its end is told. */
const repairMs = 5_000;
/** So long after its end an incident may still learn that a gap of it was filled, or go on. */
const keptMs = 120_000;

export interface IncidentLedgerSaved {
  readonly records: readonly IncidentRecordSaved[];
}

/** The incidents that can still change, by cause: one cause is one incident, however often it comes back. */
export class IncidentLedger {
  private readonly byKey = new Map<string, IncidentRecord>();
  private readonly ofGap = new Map<number, IncidentRecord>();
  private readonly log: IncidentLog;
  private readonly isRepairing: (gap: GapRecord) => boolean;

  constructor(log: IncidentLog, isRepairing: (gap: GapRecord) => boolean) {
    this.log = log;
    this.isRepairing = isRepairing;
  }

  /** Begins an incident, or goes on with that of the same key. */
  begin(start: IncidentStart): IncidentRecord {
    const known = this.byKey.get(start.key);
    if (known !== undefined && known.over === null) return known;
    if (known?.over !== undefined && known.over !== null) {
      if (start.fromMs - known.over.ms <= start.foldMs) {
        known.again(start.cause, start.fromMs);
        return known;
      }
      this.forget(known);
    }
    const record = new IncidentRecord(this.log.nextId(), start);
    this.byKey.set(start.key, record);
    return record;
  }

  /** The newest incident of a key, also for a while after its end. */
  known(key: string): IncidentRecord | null {
    return this.byKey.get(key) ?? null;
  }

  /** The incident of a key while it lasts. */
  running(key: string): IncidentRecord | null {
    const record = this.byKey.get(key);
    return record === undefined || record.over !== null ? null : record;
  }

  runningRecords(): readonly IncidentRecord[] {
    return [...this.byKey.values()].filter(({ over }) => over === null);
  }

  end(record: IncidentRecord, time: EpochMs, nowMs: number): void {
    record.over = { time, ms: nowMs };
  }

  ownerOf(gap: GapRecord): IncidentRecord | null {
    return this.ofGap.get(gap.id) ?? null;
  }

  link(record: IncidentRecord, gap: GapRecord): void {
    if (record.setGap(gap)) this.ofGap.set(gap.id, record);
  }

  /** Tells what has changed, closes what is over and whole, forgets what can change no more. */
  settle(nowMs: number): void {
    for (const record of this.byKey.values()) {
      const { over } = record;
      if (over !== null && !record.closed && this.mayClose(record, nowMs)) {
        record.closed = true;
        record.changed = true;
      }
      if (record.changed) {
        record.changed = false;
        this.log.put(record.toIncident());
      }
      if (over !== null && record.closed && nowMs - over.ms > keptMs) this.forget(record);
    }
  }

  get isIdle(): boolean {
    return this.byKey.size === 0;
  }

  save(): IncidentLedgerSaved {
    return { records: [...this.byKey.values()].map((record) => record.save()) };
  }

  restore(saved: IncidentLedgerSaved): void {
    this.byKey.clear();
    this.ofGap.clear();
    for (const each of saved.records) {
      const record = IncidentRecord.restored(each);
      this.byKey.set(record.start.key, record);
      for (const gap of record.gapRecords()) this.ofGap.set(gap.id, record);
    }
  }

  private mayClose(record: IncidentRecord, nowMs: number): boolean {
    if (record.over !== null && nowMs - record.over.ms >= repairMs) return true;
    return !record.gapRecords().some((gap) => gap.to === null || this.isRepairing(gap));
  }

  private forget(record: IncidentRecord): void {
    this.byKey.delete(record.start.key);
    for (const gap of record.gapRecords()) this.ofGap.delete(gap.id);
  }
}
