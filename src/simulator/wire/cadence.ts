import type { VenueContext } from './venueContext.ts';

/** Runs `emit` at the next point of a grid after something changed; silent while nothing does. */
export class GridCadence {
  private readonly context: VenueContext;
  private readonly periodMs: number;
  private readonly phaseMs: number;
  private readonly emit: () => void;
  private cancel: (() => void) | undefined;

  constructor(context: VenueContext, periodMs: number, phaseMs: number, emit: () => void) {
    this.context = context;
    this.periodMs = periodMs;
    this.phaseMs = phaseMs % periodMs;
    this.emit = emit;
  }

  mark(): void {
    if (this.cancel !== undefined) return;
    const point = Math.floor((this.context.now() - this.phaseMs) / this.periodMs) + 1;
    this.cancel = this.context.schedule(point * this.periodMs + this.phaseMs, () => {
      this.cancel = undefined;
      this.emit();
    });
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }
}

/** Emits at once, then not again for `gapMs`; changes meanwhile are merged into one. */
export class GapCadence {
  private readonly context: VenueContext;
  private readonly gapMs: number;
  private readonly emit: () => void;
  private lastTime = -Infinity;
  private cancel: (() => void) | undefined;

  constructor(context: VenueContext, gapMs: number, emit: () => void) {
    this.context = context;
    this.gapMs = gapMs;
    this.emit = emit;
  }

  mark(): void {
    if (this.cancel !== undefined) return;
    const now = this.context.now();
    const due = this.lastTime + this.gapMs;
    if (now >= due) this.run();
    else this.cancel = this.context.schedule(due, () => this.run());
  }

  /** Emits what waits now: something that must come after it is about to be sent. */
  flush(): void {
    if (this.cancel === undefined) return;
    this.cancel();
    this.run();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private run(): void {
    this.cancel = undefined;
    this.lastTime = this.context.now();
    this.emit();
  }
}

/** Runs at every point of the grid until stopped. */
export class Ticker {
  private readonly context: VenueContext;
  private readonly periodMs: number;
  private readonly phaseMs: number;
  private readonly tick: () => void;
  private cancel: (() => void) | undefined;

  constructor(context: VenueContext, periodMs: number, phaseMs: number, tick: () => void) {
    this.context = context;
    this.periodMs = periodMs;
    this.phaseMs = phaseMs % periodMs;
    this.tick = tick;
  }

  start(): void {
    if (this.cancel !== undefined) return;
    const point = Math.floor((this.context.now() - this.phaseMs) / this.periodMs) + 1;
    this.cancel = this.context.schedule(point * this.periodMs + this.phaseMs, () => {
      this.cancel = undefined;
      this.start();
      this.tick();
    });
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }
}
