import type { HostLogEntry } from './engine/host.ts';

export type Log = (entry: HostLogEntry) => void;

/** Lines on standard error, so that standard output carries only what a command answers. */
export function createLog(
  write: (text: string) => void,
  options: { readonly debug: boolean },
): Log {
  return (entry) => {
    if (entry.level === 'debug' && !options.debug) return;
    const time = new Date().toISOString().slice(11, 23);
    write(`${time} ${entry.level.padEnd(7)} ${entry.scope}: ${oneLine(entry.text)}\n`);
  };
}

/** Venue text may hold line breaks and escape sequences; a log line stays one line of plain text. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 2000);
}
