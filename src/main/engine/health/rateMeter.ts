const slotMs = 500;
const slotCount = 10;

export interface RateMeterSaved {
  readonly slots: readonly number[];
  readonly slot: number;
  readonly startedMs: number;
}

/** Events per second over the last five seconds of monotonic time, or over the meter's life where that is shorter. */
export class RateMeter {
  private readonly slots = new Float64Array(slotCount);
  private slot = -1;
  private startedMs = -1;

  add(nowMs: number, amount: number): void {
    const slot = Math.floor(nowMs / slotMs);
    if (slot !== this.slot) this.advance(slot, nowMs);
    const index = slot % slotCount;
    this.slots[index] = (this.slots[index] ?? 0) + amount;
  }

  perSec(nowMs: number): number {
    if (this.slot < 0) return 0;
    const current = Math.floor(nowMs / slotMs);
    let sum = 0;
    for (let age = 0; age < slotCount; age += 1) {
      const slot = current - age;
      if (slot <= this.slot && slot > this.slot - slotCount && slot >= 0) {
        sum += this.slots[slot % slotCount] ?? 0;
      }
    }
    const spanMs = (slotCount - 1) * slotMs + (nowMs - current * slotMs);
    return (sum * 1000) / Math.max(slotMs, Math.min(spanMs, nowMs - this.startedMs));
  }

  save(): RateMeterSaved {
    return { slots: [...this.slots], slot: this.slot, startedMs: this.startedMs };
  }

  restore(saved: RateMeterSaved): void {
    this.slots.set(saved.slots);
    this.slot = saved.slot;
    this.startedMs = saved.startedMs;
  }

  private advance(slot: number, nowMs: number): void {
    if (this.slot < 0) this.startedMs = nowMs;
    const skipped = Math.min(slotCount, slot - Math.max(this.slot, slot - slotCount));
    for (let age = 0; age < skipped; age += 1) this.slots[(slot - age) % slotCount] = 0;
    this.slot = slot;
  }
}
