// The package's entry for Node names a `require` of its own, which does not go into the bundle beside that of its host.
import { Zip, ZipDeflate } from 'fflate/browser';
import type { FeedError, FeedHealth, GapRecord } from '../../../shared/feedHealth.ts';
import type { Incident } from '../../../shared/incidents.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { HostStatus } from '../../../shared/values.ts';
import type { MachineFinding } from '../hosting/hostContract.ts';
import type { LoggedEntry } from './logRing.ts';
import type { Redactor } from './redact.ts';

export const bundleSchema = 1;
export const mostBundleBytes = 2 * 1_048_576;
/** Of one list before it is packed: the newest stay. */
const mostListBytes = 1_048_576;
/** What one step of the work may be, a few milliseconds. */
const itemsPerStep = 8;
const bytesPerStep = 16_384;

/** Everything that a bundle tells; what is not known where it is made is null or empty. */
export interface BundleParts {
  readonly version: string;
  /** `none`: made by the doctor, beside no running engine. */
  readonly host: 'desktop' | 'gateway' | 'none';
  readonly source: string | null;
  readonly startedTime: number | null;
  readonly time: number;
  readonly status: HostStatus | null;
  readonly health: FeedHealth | null;
  readonly incidents: readonly Incident[];
  readonly gaps: readonly GapRecord[];
  readonly errors: readonly FeedError[];
  readonly settings: Settings | null;
  readonly log: readonly LoggedEntry[];
  /** Lines of the debug log, oldest first. */
  readonly debugLines: readonly string[];
  readonly findings: readonly MachineFinding[];
}

interface ListFile {
  readonly name: string;
  readonly items: readonly unknown[];
  readonly kind: 'json' | 'lines';
}

/** `rest` has members: an empty object could not be written after the lists. */
interface ShownHealth {
  readonly rest: unknown;
  readonly connections: readonly unknown[];
  readonly streams: readonly unknown[];
}

/**
 * A zip of at most 2 MiB in which nothing is left that the redactor knows. Made in short steps: the loop that it runs in
 * carries the market too.
 */
export async function buildBundle(parts: BundleParts, redactor: Redactor): Promise<Uint8Array> {
  const lists = await listsOf(parts, redactor);
  const health = await shownHealth(parts, redactor);
  let keep = 1;
  for (;;) {
    const kept = lists.map((list) => ({ ...list, items: newestPart(list.items, keep) }));
    const zip = await packed(await filesOf(parts, redactor, health, kept), parts.time);
    if (zip.length <= mostBundleBytes || keep === 0) return zip;
    keep = keep < 0.01 ? 0 : keep / 2;
  }
}

export function bundleName(time: number): string {
  const stamp = new Date(time).toISOString().slice(0, 19).replace(/[-:]/gu, '').replace('T', '-');
  return `truetape-diagnostics-${stamp}.zip`;
}

async function listsOf(parts: BundleParts, redactor: Redactor): Promise<readonly ListFile[]> {
  const log = parts.log.map(
    ({ time, level, scope, text }) =>
      `${new Date(time).toISOString()} ${level} ${scope}: ${oneLine(text)}`,
  );
  const files = [
    { name: 'incidents.json', all: parts.incidents, kind: 'json' },
    { name: 'gaps.json', all: parts.gaps, kind: 'json' },
    { name: 'errors.json', all: parts.errors, kind: 'json' },
    { name: 'log.txt', all: log, kind: 'lines' },
    { name: 'debug.txt', all: parts.debugLines, kind: 'lines' },
  ] as const;
  const lists: ListFile[] = [];
  for (const { name, all, kind } of files) {
    lists.push({ name, kind, items: await redacted(await newestOf(all), redactor) });
  }
  return lists;
}

async function redacted(items: readonly unknown[], redactor: Redactor): Promise<unknown[]> {
  const done: unknown[] = [];
  for (const item of items) {
    done.push(redactor.value(item));
    if (done.length % itemsPerStep === 0) await nextStep();
  }
  return done;
}

function newestPart(items: readonly unknown[], share: number): readonly unknown[] {
  return items.slice(items.length - Math.floor(items.length * share));
}

async function filesOf(
  parts: BundleParts,
  redactor: Redactor,
  health: ShownHealth | null,
  lists: readonly ListFile[],
): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {
    'health.json': await healthText(redactor.value(parts.status), health),
    'settings.json': json(redactor.value(parts.settings)),
    'doctor.json': json(redactor.value(parts.findings)),
  };
  for (const list of lists) files[list.name] = await textOf(list);
  files['manifest.json'] = json({
    product: 'Truetape',
    schema: bundleSchema,
    version: parts.version,
    host: parts.host,
    source: redactor.value(parts.source),
    createdTime: new Date(parts.time).toISOString(),
    startedTime: parts.startedTime === null ? null : new Date(parts.startedTime).toISOString(),
    platform: process.platform,
    arch: process.arch,
    node: process.versions.node,
    electron: process.versions['electron'] ?? null,
    memory: process.memoryUsage(),
    files: Object.entries(files).map(([name, text]) => ({ name, characters: text.length })),
    kept: lists.map(({ name, items }) => ({ name, items: items.length })),
  });
  return files;
}

async function textOf({ kind, items }: ListFile): Promise<string> {
  if (kind === 'json') return `${await jsonRows(items)}\n`;
  let text = '';
  for (const [index, item] of items.entries()) {
    text += `${String(item)}\n`;
    if (index % itemsPerStep === itemsPerStep - 1) await nextStep();
  }
  return text;
}

/** One row a line. */
async function jsonRows(items: readonly unknown[]): Promise<string> {
  let text = '[';
  for (const [index, item] of items.entries()) {
    text += `${index === 0 ? '' : ','}\n${JSON.stringify(item)}`;
    if (index % itemsPerStep === itemsPerStep - 1) await nextStep();
  }
  return `${text}\n]`;
}

async function healthText(status: unknown, health: ShownHealth | null): Promise<string> {
  if (health === null) return json({ status, health });
  const { rest, connections, streams } = health;
  const lists = `"connections":${await jsonRows(connections)},"streams":${await jsonRows(streams)}`;
  return `{"status":${JSON.stringify(status)},"health":{${lists},${JSON.stringify(rest).slice(1)}}\n`;
}

async function packed(files: Readonly<Record<string, string>>, time: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    chunks.push(chunk);
  });
  for (const [name, text] of Object.entries(files)) {
    const entry = new ZipDeflate(name, { level: 6 });
    entry.mtime = time;
    zip.add(entry);
    const bytes = Buffer.from(text);
    await nextStep();
    for (let from = 0; from === 0 || from < bytes.length; from += bytesPerStep) {
      entry.push(bytes.subarray(from, from + bytesPerStep), from + bytesPerStep >= bytes.length);
      await nextStep();
    }
  }
  zip.end();
  return Buffer.concat(chunks);
}

/** Whatever waits for the loop comes first. */
function nextStep(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The errors are a file of their own. */
async function shownHealth(
  { health }: BundleParts,
  redactor: Redactor,
): Promise<ShownHealth | null> {
  if (health === null) return null;
  const { streams, connections, ...rest } = health;
  return {
    rest: redactor.value({ ...rest, errors: [] }),
    connections: await redacted(connections, redactor),
    streams: await redacted(streams, redactor),
  };
}

/** The newest that fit, so that a list of hostile texts cannot cost more than its share. */
async function newestOf(items: readonly unknown[]): Promise<readonly unknown[]> {
  let bytes = 0;
  let index = items.length;
  while (index > 0 && bytes <= mostListBytes) {
    index -= 1;
    bytes += JSON.stringify(items[index] ?? null).length;
    if (index % itemsPerStep === 0) await nextStep();
  }
  return bytes <= mostListBytes ? items : items.slice(index + 1);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
