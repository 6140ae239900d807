import type { EventEntry } from './redisPort.ts';

/** Redis answered with something that our commands never yield: a foreign key, a proxy, another version. */
export class RedisReplyError extends Error {
  override readonly name = 'RedisReplyError';
}

/** Replies come as buffers, numbers, null and lists of those. */
export function takeList(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new RedisReplyError('a list was expected');
}

export function takeText(reply: unknown): string {
  if (Buffer.isBuffer(reply)) return reply.toString('utf8');
  if (typeof reply === 'string') return reply;
  throw new RedisReplyError('a text was expected');
}

export function takeNumber(reply: unknown): number {
  const value = typeof reply === 'number' ? reply : Number(takeText(reply));
  if (Number.isSafeInteger(value)) return value;
  throw new RedisReplyError('a whole number was expected');
}

export function takeBytes(reply: unknown): Uint8Array | null {
  if (reply === null) return null;
  if (Buffer.isBuffer(reply)) return reply;
  throw new RedisReplyError('bytes were expected');
}

export interface LogEntry {
  readonly id: string;
  readonly fields: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** Of XRANGE and XREVRANGE. */
export function takeEntries(reply: unknown): readonly LogEntry[] {
  return takeList(reply).map((entry) => {
    const [id, list] = takeList(entry);
    const flat = takeList(list);
    const fields: { name: string; bytes: Uint8Array }[] = [];
    for (let at = 0; at + 1 < flat.length; at += 2) {
      fields.push({ name: takeText(flat[at]), bytes: takeBytes(flat[at + 1]) ?? new Uint8Array() });
    }
    return { id: takeText(id), fields };
  });
}

/** Of XREAD on one stream; null: nothing came. */
export function takeRead(reply: unknown): readonly LogEntry[] {
  if (reply === null) return [];
  const [stream] = takeList(reply);
  const [, entries] = takeList(stream);
  return takeEntries(entries);
}

const headFields: ReadonlySet<string> = new Set(['run', 'first', 'gap']);

/** What cannot be read has an empty run: it counts as lost. */
export function toEventEntry({ id, fields }: LogEntry): EventEntry {
  const textOf = (name: string): string => {
    const field = fields.find((each) => each.name === name);
    return field === undefined ? '' : Buffer.from(field.bytes).toString('utf8');
  };
  const firstEvent = Number(textOf('first'));
  const firstGap = Number(textOf('gap'));
  const isWhole = Number.isSafeInteger(firstEvent) && Number.isSafeInteger(firstGap);
  return {
    id,
    run: isWhole ? textOf('run').slice(0, 64) : '',
    firstEvent: isWhole ? firstEvent : 0,
    firstGap: isWhole ? firstGap : 0,
    markets: fields
      .filter(({ name }) => !headFields.has(name))
      .map(({ name, bytes }) => ({ market: name, bytes })),
  };
}
