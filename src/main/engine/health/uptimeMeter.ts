export interface UptimeSaved {
  readonly endedMs: number;
  readonly sinceMs: number | null;
}

/** How long something was up, all its times together, on the monotonic clock. */
export class UptimeMeter {
  private endedMs = 0;
  private sinceMs: number | null = null;

  /** May be told what it knows already. */
  mark(isUp: boolean, nowMs: number): void {
    if (isUp === (this.sinceMs !== null)) return;
    if (this.sinceMs !== null) this.endedMs += nowMs - this.sinceMs;
    this.sinceMs = isUp ? nowMs : null;
  }

  totalMs(nowMs: number): number {
    return this.endedMs + (this.sinceMs === null ? 0 : nowMs - this.sinceMs);
  }

  save(): UptimeSaved {
    return { endedMs: this.endedMs, sinceMs: this.sinceMs };
  }

  restore(saved: UptimeSaved): void {
    this.endedMs = saved.endedMs;
    this.sinceMs = saved.sinceMs;
  }
}
