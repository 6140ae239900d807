import { Random } from '../../src/simulator/market/random.ts';
import type { EngineOnLinks } from './engineOnLinks.ts';

const hourMs = 3_600_000;
const everyMs = 20_000;
const blockedMs = 2_000;
const sleptMs = 30_000;
const kinds = ['wall', 'wall', 'block', 'block', 'sleep'] as const;

/**
 * What happens to our own machine. `wall`: somebody sets the clock. `block`: the loop stands still. `sleep`: the machine does,
 * and both its clocks have gone on.
 */
export type ClockEvent =
  | { readonly atMs: number; readonly type: 'wall'; readonly stepMs: number }
  | { readonly atMs: number; readonly type: 'block' | 'sleep'; readonly forMs: number };

/** The same seed gives the same events; none in the last tenth. */
export function drawClockEvents(seed: number, durationMs: number): readonly ClockEvent[] {
  const random = new Random(`${seed}:clocks`);
  const events: ClockEvent[] = [];
  let atMs = random.exponential() * everyMs;
  while (atMs < durationMs * 0.9) {
    const at = Math.round(atMs);
    const type = kinds[random.integer(kinds.length)] ?? 'wall';
    if (type === 'wall') {
      events.push({ atMs: at, type, stepMs: random.integer(2) === 0 ? hourMs : -hourMs });
    } else events.push({ atMs: at, type, forMs: type === 'block' ? blockedMs : sleptMs });
    atMs += random.exponential() * everyMs;
  }
  return events;
}

interface WallPeriod {
  readonly sinceTime: number;
  readonly offsetMs: number;
}

/** Lets clock events happen, and remembers what our wall clock showed when. */
export class ChaosClocks {
  /** How long the machine has slept so far. */
  sleptMs = 0;
  private readonly engine: EngineOnLinks;
  private readonly periods: WallPeriod[] = [{ sinceTime: Number.NEGATIVE_INFINITY, offsetMs: 0 }];

  constructor(engine: EngineOnLinks) {
    this.engine = engine;
  }

  apply(event: ClockEvent): void {
    const { links, simulator } = this.engine;
    if (event.type === 'wall') {
      const offsetMs = (this.periods.at(-1)?.offsetMs ?? 0) + event.stepMs;
      this.periods.push({ sinceTime: simulator.now(), offsetMs });
      links.clockPort.stepWall(event.stepMs);
      return;
    }
    if (event.type === 'sleep') {
      this.sleptMs += event.forMs;
      // The venues give up on a machine that does not answer, and it does not hear of it.
      for (const venue of ['binance', 'bybit', 'okx'] as const) {
        this.engine.control({ type: 'halfOpen', venue });
      }
    }
    links.block(event.forMs);
  }

  /** The market's time when our wall clock showed this; if it did so more than once, the last time. */
  trueTime(wallTime: number): number {
    let nearest = wallTime;
    let farMs = Infinity;
    for (const [index, { sinceTime, offsetMs }] of this.periods.entries()) {
      const time = wallTime - offsetMs;
      const untilTime = this.periods[index + 1]?.sinceTime ?? this.engine.simulator.now();
      const outsideMs = Math.max(0, sinceTime - time, time - untilTime);
      if (outsideMs <= farMs) [nearest, farMs] = [time, outsideMs];
    }
    return nearest;
  }
}
