import type { Frames } from '../../src/renderer/store/frames.ts';
import type { VirtualClock } from './virtualClock.ts';

const frameMs = 1000 / 60;

/** Frames on a virtual clock, sixty a second; none while hidden. */
export class ManualFrames implements Frames {
  readonly #clock: VirtualClock;
  readonly #visibilityListeners = new Set<() => void>();
  #waiting = new Set<(frameTime: number) => void>();
  #hidden = false;
  readonly reported: unknown[] = [];
  frames = 0;
  /** A page that is busy with something else: it is visible, and no frame comes. */
  busy = false;
  /** Wraps each frame, for React's `act`. */
  around: (frame: () => void) => void = (frame) => frame();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#tick();
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  requestFrame(run: (frameTime: number) => void): () => void {
    this.#waiting.add(run);
    return () => this.#waiting.delete(run);
  }

  queueTask(run: () => void): void {
    this.#clock.after(0, run);
  }

  isHidden(): boolean {
    return this.#hidden;
  }

  onVisibility(listener: () => void): () => void {
    this.#visibilityListeners.add(listener);
    return () => this.#visibilityListeners.delete(listener);
  }

  report(error: unknown): void {
    this.reported.push(error);
  }

  setHidden(hidden: boolean): void {
    this.#hidden = hidden;
    for (const listener of this.#visibilityListeners) listener();
  }

  get visibilityListeners(): number {
    return this.#visibilityListeners.size;
  }

  #tick(): void {
    this.#clock.after(frameMs, () => {
      this.#tick();
      if (this.#hidden || this.busy) return;
      this.frames++;
      const waiting = this.#waiting;
      this.#waiting = new Set();
      this.around(() => {
        for (const run of waiting) run(this.#clock.monotonicMs());
      });
    });
  }
}
