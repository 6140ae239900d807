import type { ChannelId } from './channelIds.ts';
import type { UpdatesMessage } from './wire.ts';

/** Plain JSON. */
export type DeltaValue =
  | null
  | boolean
  | number
  | string
  | readonly DeltaValue[]
  | { readonly [key: string]: DeltaValue | undefined };

/**
 * What changed in an object or array. Of each key: `null`: it is gone; a text, number or truth value: it is that now; an
 * array of one: it is what stands in it (`null`, an object or an array); an object: a delta of what was there. An array's
 * keys are its indexes, and `length` where that changed.
 */
export interface Delta {
  readonly [key: string]: null | boolean | number | string | readonly [DeltaValue] | Delta;
}

/** State of one channel as the difference to the record of `base`; another base is a hole: subscribe again. */
export interface DeltaRecord {
  readonly channel: ChannelId;
  readonly epoch: string;
  readonly seq: number;
  /** `seq` of the record that it changes. */
  readonly base: number;
  readonly changes: Delta;
}

/** What a client gets that subscribed with `delta`: whole records in `updates` replace, those in `deltas` are applied. */
export interface DeltaUpdatesMessage extends UpdatesMessage {
  readonly deltas?: readonly DeltaRecord[];
}

/** After so many differences a whole record follows by itself. */
export const deltasPerSnapshot = 50;

type Composite = readonly DeltaValue[] | { readonly [key: string]: DeltaValue | undefined };

function isComposite(value: DeltaValue | undefined): value is Composite {
  return typeof value === 'object' && value !== null;
}

function isList(value: Composite): value is readonly DeltaValue[] {
  return Array.isArray(value);
}

/** Null where nothing changed. Both are of one kind: two objects, or two arrays. */
export function computeDelta(previous: Composite, next: Composite): Delta | null {
  const changes: [string, Delta[string]][] = [];
  const before = new Map(Object.entries(previous));
  for (const [key, value] of Object.entries(next)) {
    if (value === undefined) continue;
    const old = before.get(key);
    const change = changeOf(old, value);
    if (change !== undefined) changes.push([key, change]);
  }
  if (isList(previous) && isList(next)) {
    if (previous.length !== next.length) changes.push(['length', next.length]);
  } else {
    const after = new Map(Object.entries(next));
    for (const [key, value] of before) {
      if (value !== undefined && after.get(key) === undefined) changes.push([key, null]);
    }
  }
  // Own properties whatever their names: assigning `__proto__` would not make one.
  return changes.length === 0 ? null : Object.fromEntries(changes);
}

function changeOf(old: DeltaValue | undefined, value: DeltaValue): Delta[string] | undefined {
  if (!isComposite(value)) {
    if (old === value) return undefined;
    return value === null ? [null] : value;
  }
  if (!isComposite(old) || isList(old) !== isList(value)) return [value];
  const inner = computeDelta(old, value);
  if (inner === null) return undefined;
  return isMostlyNew(inner, value) ? [value] : inner;
}

/** A list of which most moved is shorter when it is written anew. */
function isMostlyNew(inner: Delta, value: Composite): boolean {
  return isList(value) && Object.keys(inner).length > value.length / 2;
}

/** The state after the delta; `state` itself stays as it is, and so do its parts that did not change. */
export function applyDelta(state: Composite, delta: Delta): Composite {
  if (isList(state)) {
    const { length } = delta;
    const list: DeltaValue[] =
      typeof length === 'number' && isLength(length) ? state.slice(0, length) : [...state];
    for (const [key, change] of Object.entries(delta)) {
      const index = Number(key);
      if (key !== 'length' && isLength(index)) list[index] = valueOf(state[index], change);
    }
    return list;
  }
  const entries = new Map(Object.entries(state));
  for (const [key, change] of Object.entries(delta)) {
    if (change === null) entries.delete(key);
    else entries.set(key, valueOf(entries.get(key), change));
  }
  return Object.fromEntries(entries);
}

/** A hostile delta must not make an array of billions. */
function isLength(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 100_000;
}

function valueOf(old: DeltaValue | undefined, change: Delta[string]): DeltaValue {
  if (change === null || typeof change !== 'object') return change;
  if (isWhole(change)) return change[0];
  return applyDelta(isComposite(old) ? old : {}, change);
}

function isWhole(change: readonly [DeltaValue] | Delta): change is readonly [DeltaValue] {
  return Array.isArray(change);
}
