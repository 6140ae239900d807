import type { HostLogEntry } from './engine/host.ts';

export type Log = (entry: HostLogEntry) => void;

/** Whose ordinary news a person in front of a terminal wants; the venues' are in the health panel. */
const ownScopes: ReadonlySet<string> = new Set(['gateway', 'desktop', 'windows', 'source']);

/** Lines on standard error, so that standard output carries only what a command answers. */
export function createLog(
  write: (text: string) => void,
  options: { readonly verbose: boolean },
): Log {
  return (entry) => {
    const isNews = entry.level === 'info' && !ownScopes.has(entry.scope);
    if ((isNews || entry.level === 'debug') && !options.verbose) return;
    const time = new Date().toISOString().slice(11, 23);
    write(`${time} ${entry.level.padEnd(7)} ${entry.scope}: ${oneLine(entry.text)}\n`);
  };
}

/** Venue text may hold line breaks and escape sequences; a log line stays one line of plain text. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 2000);
}
