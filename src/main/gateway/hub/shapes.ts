import { Encoder } from '@msgpack/msgpack';
import type { ChannelFilters } from '../../../shared/gateway/requests.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { WireUpdate } from '../../../shared/gateway/wire.ts';
import type { OutboundRecord } from './clientContract.ts';
import type { Publication } from './marketFeed.ts';

/** How a client wants its records: clients of one shape share what is written. */
export interface Shape {
  readonly key: string;
  /** Null: all of them. */
  readonly fields: readonly string[] | null;
  readonly depth: number;
}

export function createShape(
  fields: readonly string[] | undefined,
  depth: number = gatewayLimits.defaultBookDepth,
): Shape {
  const sorted = fields === undefined ? null : [...new Set(fields)].toSorted();
  return { key: `${depth} ${sorted?.join() ?? '*'}`, fields: sorted, depth };
}

/** Without these a value could be taken for something that it is not. */
const lasting: ReadonlySet<string> = new Set([
  ...['type', 'channel', 'symbol', 'epoch', 'seq', 'source', 'time'],
  ...['status', 'receivedTime', 'ageMs', 'note'],
]);

export function shapeUpdate(update: WireUpdate, { fields, depth }: Shape): WireUpdate {
  const cut = update.type === 'orderbook_update' ? cutBook(update, depth) : update;
  return fields === null ? cut : pickFields(cut, fields);
}

function cutBook(
  update: Extract<WireUpdate, { type: 'orderbook_update' }>,
  depth: number,
): WireUpdate {
  const { bids, asks } = update;
  return { ...update, bids: bids.slice(0, depth), asks: asks.slice(0, depth) };
}

function pickFields(update: WireUpdate, fields: readonly string[]): WireUpdate {
  const picked = { ...update };
  for (const [key, value] of Object.entries(update)) {
    if (lasting.has(key) || fields.includes(key)) continue;
    const inner = fields.flatMap((field) =>
      field.startsWith(`${key}.`) ? [field.slice(key.length + 1)] : [],
    );
    if (inner.length === 0) Reflect.deleteProperty(picked, key);
    else Reflect.set(picked, key, pickInner(value, inner));
  }
  return picked;
}

/** Of each venue in a list: without these its figures would look like those of a live one. */
const validityInLists = ['status', 'streamStatus', 'counted'];

function pickInner(value: unknown, fields: readonly string[]): unknown {
  if (Array.isArray(value)) {
    const kept = [...fields, ...validityInLists];
    return value.map((part) => pickInner(part, kept));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => fields.includes(key)));
}

export function passesFilters({ value }: Publication, filters: ChannelFilters): boolean {
  if (value.kind !== 'trades') return true;
  const { trade } = value;
  const { minSize, side, venue } = filters;
  if (side !== undefined && trade.side !== side) return false;
  if (venue !== undefined && !trade.instrument.startsWith(`${venue}:`)) return false;
  return minSize === undefined || trade.sizeUnits / 10 ** trade.sizeDecimals >= minSize;
}

/** One for all: each has a buffer of its own, and what it writes there would keep the whole of it. */
const encoder = new Encoder({ ignoreUndefined: true });

/** Written when it is first asked for, and once for all that ask. */
export class SharedRecord implements OutboundRecord {
  readonly update: WireUpdate;
  /** When the value was published to this process. */
  readonly heardMs: number;
  private text: string | null = null;
  private bytes: Uint8Array | null = null;

  constructor(update: WireUpdate, heardMs: number) {
    this.update = update;
    this.heardMs = heardMs;
  }

  /** Of what was written so far; an estimate before that. */
  get size(): number {
    return this.text?.length ?? this.bytes?.length ?? 240;
  }

  json(): string {
    this.text ??= JSON.stringify(this.update);
    return this.text;
  }

  packed(): Uint8Array {
    this.bytes ??= encoder.encode(this.update);
    return this.bytes;
  }
}

const keptRecords = 4_000;

/** Records of events by their shape: those that go out now, and those that many ask for as they come back. */
export class RecordCache {
  private readonly recordsByEvent = new Map<Publication, Map<string, SharedRecord>>();

  of(publication: Publication, shape: Shape, write: () => SharedRecord): SharedRecord {
    let records = this.recordsByEvent.get(publication);
    if (records === undefined) {
      records = new Map();
      this.recordsByEvent.set(publication, records);
      if (this.recordsByEvent.size > keptRecords) this.forgetOldest();
    }
    let record = records.get(shape.key);
    if (record === undefined) {
      record = write();
      records.set(shape.key, record);
    }
    return record;
  }

  private forgetOldest(): void {
    for (const [oldest] of this.recordsByEvent) {
      this.recordsByEvent.delete(oldest);
      return;
    }
  }
}
