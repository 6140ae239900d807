import type { Simulator } from '../simulator.ts';
import { simVenueIds } from '../market/venueProfiles.ts';
import type { OutputBatch } from './outputBatch.ts';

const tickMs = 4;
/** One turn works at most so long before sockets are looked at again. */
const longestTurnMs = 20;
const sliceMs = 5;
const tooFarBehindMs = 10_000;

export interface WallClock {
  /** Virtual seconds per real second. */
  readonly speed: number;
  /** `performance.now()` at the simulator's start time. */
  readonly wallOrigin: number;
}

/** Runs a simulator by the wall clock. */
export class RealTimeDriver {
  private readonly simulator: Simulator;
  private readonly batch: OutputBatch;
  private readonly speed: number;
  private wallOrigin: number;
  private virtualOrigin: number;
  private lastWall: number;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(simulator: Simulator, batch: OutputBatch, clock: WallClock) {
    this.simulator = simulator;
    this.batch = batch;
    this.speed = clock.speed;
    this.wallOrigin = clock.wallOrigin;
    this.lastWall = performance.now();
    this.virtualOrigin = simulator.now();
  }

  start(): void {
    this.timer = setTimeout(() => this.turn(), tickMs);
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private turn(): void {
    const started = performance.now();
    this.catchBreath(started);
    this.lastWall = started;
    const target = this.virtualOrigin + (started - this.wallOrigin) * this.speed;
    let behind = target > this.simulator.now();
    while (behind && performance.now() - started < longestTurnMs) {
      const next = Math.min(target, this.simulator.now() + sliceMs * Math.max(1, this.speed));
      this.batch.hold(() => this.simulator.advanceTo(next));
      behind = next < target;
    }
    if (this.isStopped) return;
    if (behind) setImmediate(() => this.turn());
    else this.timer = setTimeout(() => this.turn(), tickMs);
  }

  /**
   * After the machine slept, clients find their sockets dead and the market goes on without them.
   * A machine that cannot keep up instead gets a clock that falls behind.
   */
  private catchBreath(wall: number): void {
    const target = this.virtualOrigin + (wall - this.wallOrigin) * this.speed;
    if (target - this.simulator.now() < tooFarBehindMs * this.speed) return;
    if (wall - this.lastWall > tooFarBehindMs / 2) {
      for (const venue of simVenueIds) this.simulator.controlUnknown({ type: 'reset', venue });
      return;
    }
    this.wallOrigin = wall;
    this.virtualOrigin = this.simulator.now();
  }
}
