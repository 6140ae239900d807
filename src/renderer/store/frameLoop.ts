import type { Frames } from './frames.ts';

export interface FrameSteps {
  /** Applies what has arrived, then tells listeners. Returns what to do once the frame is painted, or null. */
  readonly apply: (frameTime: number) => (() => void) | null;
}

/** The one animation-frame loop of the page: apply, draw, and after painting acknowledge. */
export class FrameLoop {
  readonly #frames: Frames;
  readonly #steps: FrameSteps;
  readonly #draws = new Set<(frameTime: number) => void>();
  #cancel: () => void;

  constructor(frames: Frames, steps: FrameSteps) {
    this.#frames = frames;
    this.#steps = steps;
    this.#cancel = frames.requestFrame((frameTime) => this.#run(frameTime));
  }

  get draws(): number {
    return this.#draws.size;
  }

  onFrame(draw: (frameTime: number) => void): () => void {
    // A callback of its own, so that one function may be registered twice.
    const own = (frameTime: number): void => draw(frameTime);
    this.#draws.add(own);
    return () => this.#draws.delete(own);
  }

  close(): void {
    this.#cancel();
    this.#draws.clear();
  }

  #run(frameTime: number): void {
    this.#cancel = this.#frames.requestFrame((next) => this.#run(next));
    const painted = this.#steps.apply(frameTime);
    for (const draw of this.#draws) {
      try {
        draw(frameTime);
      } catch (error) {
        this.#frames.report(error);
      }
    }
    if (painted !== null) this.#frames.queueTask(painted);
  }
}
