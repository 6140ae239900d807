import { isRecord } from './packets.ts';

/** Everything that a payload of ours may name; what else a client sends is counted, never printed. */
const knownKeys: ReadonlySet<string> = new Set([
  'symbols',
  'channels',
  'rate',
  'fields',
  'filters',
  'minSize',
  'side',
  'venue',
  'depth',
  'id',
  'time',
]);
/** A symbol, a channel or a name of a field; nothing that opens a door is as short and as plain. */
const plainWord = /^(?=.{1,40}$)[A-Za-z0-9]{1,12}(?:[-/@._][A-Za-z0-9]{1,10}){0,4}$/;
const shownEntries = 8;

/**
 * One line of a client's event for the log. It prints what is known to be harmless instead of hiding what looks secret: a
 * token in the wrong place stays out as well.
 */
export function describePayload(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) {
    return String(value);
  }
  if (typeof value === 'string') {
    return plainWord.test(value) ? value : `text of ${value.length}`;
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, shownEntries).map((entry) => describeEntry(entry));
    return `[${shown.join(', ')}${value.length > shownEntries ? `, ... ${value.length}` : ''}]`;
  }
  if (!isRecord(value)) return typeof value;
  const entries = Object.entries(value);
  const known = entries
    .filter(([key]) => knownKeys.has(key))
    .map(
      ([key, entry]) =>
        `${key}: ${Array.isArray(entry) ? describePayload(entry) : describeEntry(entry)}`,
    );
  const hidden = entries.length - known.length;
  return `{${[...known, ...(hidden === 0 ? [] : [`${hidden} hidden`])].join(', ')}}`;
}

function describeEntry(value: unknown): string {
  return typeof value === 'object' && value !== null ? '{...}' : describePayload(value);
}
