import type { HostLogEntry } from '../hosting/hostContract.ts';

const capacity = 2_000;
const longest = 500;

export interface LoggedEntry extends HostLogEntry {
  readonly time: number;
}

/** The newest lines of the host's log, for the diagnostics bundle. */
export class LogRing {
  private readonly entries: LoggedEntry[] = [];
  private first = 0;

  add(entry: HostLogEntry, time: number): void {
    const line = { ...entry, time, text: entry.text.slice(0, longest) };
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
