import type { ApiChange } from '../../../shared/feedHealth.ts';
import { isLastingChange } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { isRecord, tryJson } from '../venues/guards.ts';
import type { FieldDifference } from '../venues/messageShape.ts';
import { differencesOf } from '../venues/messageShape.ts';
import type { Venue } from '../venues/venue.ts';
import { inertText } from './inertText.ts';

/** Of each kind of message the first and then every so many are compared: whole comparisons cost a second parse. */
const sampleEvery = 64;
const maxChanges = 50;
const longestField = 60;
/** A change whose field has been as we know it for so long is over. */
const overAfterMs = 600_000;

export interface ApiWatchSaved {
  readonly changes: readonly ApiChange[];
  readonly seen: readonly (readonly [string, number])[];
}

/**
 * Compares samples of a venue's messages with the fields that we know, and keeps what differs until it has been right for
 * ten minutes.
 */
export class ApiWatch {
  private readonly venue: Venue;
  private readonly onLasting: (cause: string) => void;
  /** Frames so far by kind. */
  private readonly seen = new Map<string, number>();
  private changes: ApiChange[] = [];

  constructor(venue: Venue, onLasting: (cause: string) => void) {
    this.venue = venue;
    this.onLasting = onLasting;
  }

  list(): readonly ApiChange[] {
    return this.changes;
  }

  /** After each frame; `kind` is whatever tells its messages apart. */
  sample(kind: string, text: string, time: EpochMs): void {
    const seen = this.seen.get(kind) ?? 0;
    this.seen.set(kind, seen + 1);
    if (seen % sampleEvery !== 0) return;
    const frame = tryJson(text);
    if (!isRecord(frame)) return;
    for (const part of this.venue.shapesIn(frame)) {
      for (const difference of differencesOf(part)) this.note(difference, time);
      this.endOver(part.shape.message, time);
    }
  }

  save(): ApiWatchSaved {
    return { changes: this.changes, seen: [...this.seen] };
  }

  restore(saved: ApiWatchSaved): void {
    this.changes = [...saved.changes];
    this.seen.clear();
    for (const [kind, count] of saved.seen) this.seen.set(kind, count);
  }

  /** Only a message of the same kind shows that a field is back, or gone: silence shows nothing. */
  private endOver(message: string, time: EpochMs): void {
    const isOver = (each: ApiChange): boolean =>
      each.message === message && time - each.lastTime >= overAfterMs;
    if (this.changes.some(isOver)) this.changes = this.changes.filter((each) => !isOver(each));
  }

  private note(difference: FieldDifference, time: EpochMs): void {
    const { message, change } = difference;
    const field = inertText(difference.field.slice(0, longestField));
    const index = this.changes.findIndex(
      (each) => each.message === message && each.field === field && each.change === change,
    );
    const known = this.changes[index];
    if (known === undefined) {
      if (this.changes.length >= maxChanges) return;
      const venue = this.venue.id;
      this.changes.push({
        venue,
        message,
        field,
        change,
        count: 1,
        firstTime: time,
        lastTime: time,
      });
      return;
    }
    const next = { ...known, count: known.count + 1, lastTime: time };
    this.changes[index] = next;
    if (!isLastingChange(known) && isLastingChange(next))
      this.onLasting(`${message}: ${change} ${field}`);
  }
}
