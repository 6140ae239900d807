import type { VenueLimits } from '../venues/venue.ts';
import type { RollingWindowSaved } from './rollingWindow.ts';
import { RollingWindow } from './rollingWindow.ts';

export interface SubscriptionPaceSaved {
  readonly operations: RollingWindowSaved | null;
  readonly frames: RollingWindowSaved | null;
  readonly lastFrameMs: number | null;
  readonly heldUntilMs: number;
}

/** When the next frame may go out on one socket: strict windows of the venue, in which one frame is left for pongs. */
export class SubscriptionPace {
  private readonly frames: RollingWindow | null;
  private readonly operations: RollingWindow | null;
  private readonly spacingMs: number;
  private lastFrameMs: number | null = null;
  private heldUntilMs = 0;

  constructor({ framesPerConnection, subscriptionOpsPerConnection }: VenueLimits) {
    const count = framesPerConnection === null ? 0 : Math.max(1, framesPerConnection.count - 1);
    this.frames =
      framesPerConnection === null ? null : new RollingWindow({ ...framesPerConnection, count });
    this.spacingMs = framesPerConnection === null ? 0 : framesPerConnection.windowMs / count;
    this.operations =
      subscriptionOpsPerConnection === null
        ? null
        : new RollingWindow(subscriptionOpsPerConnection);
  }

  freeAt(nowMs: number): number {
    return Math.max(
      nowMs,
      this.heldUntilMs,
      this.lastFrameMs === null ? 0 : this.lastFrameMs + this.spacingMs,
      this.frames?.freeAt(nowMs) ?? nowMs,
      this.operations?.freeAt(nowMs) ?? nowMs,
    );
  }

  noteFrame(nowMs: number): void {
    this.frames?.use(nowMs);
    this.lastFrameMs = nowMs;
  }

  noteOperation(nowMs: number): void {
    this.noteFrame(nowMs);
    this.operations?.use(nowMs);
  }

  /** The venue has said that we ask too often. */
  hold(untilMs: number): void {
    this.heldUntilMs = untilMs;
  }

  save(): SubscriptionPaceSaved {
    return {
      operations: this.operations?.save() ?? null,
      frames: this.frames?.save() ?? null,
      lastFrameMs: this.lastFrameMs,
      heldUntilMs: this.heldUntilMs,
    };
  }

  restore(saved: SubscriptionPaceSaved): void {
    if (saved.operations !== null) this.operations?.restore(saved.operations);
    if (saved.frames !== null) this.frames?.restore(saved.frames);
    this.lastFrameMs = saved.lastFrameMs;
    this.heldUntilMs = saved.heldUntilMs;
  }
}
