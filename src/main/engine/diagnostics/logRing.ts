import { cutTo } from '../credentials.ts';
import type { HostLogEntry } from '../hosting/hostContract.ts';
import type { Redactor } from './redact.ts';

const capacity = 2_000;
const longest = 500;

export interface LoggedEntry extends HostLogEntry {
  readonly time: number;
}

/** The newest lines of the host's log, redacted as they come, for the diagnostics bundle. */
export class LogRing {
  private readonly redactor: Redactor;
  private readonly entries: LoggedEntry[] = [];
  private first = 0;

  constructor(redactor: Redactor) {
    this.redactor = redactor;
  }

  add(entry: HostLogEntry, time: number): void {
    const line = { ...entry, time, text: cutTo(this.redactor.text(entry.text), longest) };
    if (this.entries.length < capacity) this.entries.push(line);
    else {
      this.entries[this.first] = line;
      this.first = (this.first + 1) % capacity;
    }
  }

  /** Oldest first. */
  list(): readonly LoggedEntry[] {
    return [...this.entries.slice(this.first), ...this.entries.slice(0, this.first)];
  }
}
