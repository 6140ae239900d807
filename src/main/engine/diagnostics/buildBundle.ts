// The package's entry for Node names a `require` of its own, which does not go into the bundle beside that of its host.
import { strToU8, zipSync } from 'fflate/browser';
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
const mostListBytes = 4 * 1_048_576;

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
  readonly write: (items: readonly unknown[]) => string;
}

/** A zip of at most 2 MiB in which nothing is left that the redactor knows. */
export function buildBundle(parts: BundleParts, redactor: Redactor): Uint8Array {
  const lists = listsOf(parts, redactor).map((list) => ({ ...list, items: newestOf(list.items) }));
  let keep = 1;
  for (;;) {
    const kept = lists.map((list) => ({
      ...list,
      items: keep === 1 ? list.items : list.items.slice(-Math.floor(list.items.length * keep)),
    }));
    const zip = packed(parts, redactor, keep === 0 ? kept.map(emptied) : kept);
    if (zip.length <= mostBundleBytes || keep === 0) return zip;
    keep = keep < 0.01 ? 0 : keep / 2;
  }
}

export function bundleName(time: number): string {
  const stamp = new Date(time).toISOString().slice(0, 19).replace(/[-:]/gu, '').replace('T', '-');
  return `truetape-diagnostics-${stamp}.zip`;
}

function emptied(list: ListFile): ListFile {
  return { ...list, items: [] };
}

function listsOf(parts: BundleParts, redactor: Redactor): readonly ListFile[] {
  const asJson = (items: readonly unknown[]): string => json(items);
  const asLines = (items: readonly unknown[]): string =>
    items.map((item) => `${String(item)}\n`).join('');
  const log = parts.log.map(
    ({ time, level, scope, text }) =>
      `${new Date(time).toISOString()} ${level} ${scope}: ${oneLine(text)}`,
  );
  const redacted = (items: readonly unknown[]): readonly unknown[] =>
    items.map((item) => redactor.value(item));
  return [
    { name: 'incidents.json', items: redacted(parts.incidents), write: asJson },
    { name: 'gaps.json', items: redacted(parts.gaps), write: asJson },
    { name: 'errors.json', items: redacted(parts.errors), write: asJson },
    { name: 'log.txt', items: redacted(log), write: asLines },
    { name: 'debug.txt', items: redacted(parts.debugLines), write: asLines },
  ];
}

function packed(parts: BundleParts, redactor: Redactor, lists: readonly ListFile[]): Uint8Array {
  const files: Record<string, string> = {
    'health.json': json(redactor.value({ status: parts.status, health: shownHealth(parts) })),
    'settings.json': json(redactor.value(parts.settings)),
    'doctor.json': json(redactor.value(parts.findings)),
  };
  for (const { name, items, write } of lists) files[name] = write(items);
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
  const entries: Record<string, Uint8Array> = {};
  for (const [name, text] of Object.entries(files)) entries[name] = strToU8(text);
  return zipSync(entries, { level: 6, mtime: new Date(parts.time) });
}

/** The errors are a file of their own. */
function shownHealth({ health }: BundleParts): FeedHealth | null {
  return health === null ? null : { ...health, errors: [] };
}

/** The newest that fit, so that a list of hostile texts cannot cost more than its share. */
function newestOf(items: readonly unknown[]): readonly unknown[] {
  let bytes = 0;
  let index = items.length;
  while (index > 0 && bytes <= mostListBytes) {
    index -= 1;
    bytes += JSON.stringify(items[index] ?? null).length;
  }
  return bytes <= mostListBytes ? items : items.slice(index + 1);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
