import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '../ports/clock.ts';
import { LoopShare } from '../replay/loopShare.ts';
import type { Core } from '../core.ts';
import type { CoreInput } from '../inputs.ts';
import { createSessionCore } from '../replay/sessionCore.ts';
import { MarkMaker } from './markMaker.ts';
import { noteLosses, readLosses } from './recordedLosses.ts';
import type { RecordedSession } from './recordingLibrary.ts';
import type { RecordedItem } from './readRecords.ts';
import { RecordingReader } from './recordingReader.ts';
import type { SessionTimeline } from './sessionTimeline.ts';

const beatMs = 1_000;
/** Of our own loop at a time. */
const busyMs = 4;
/** Live data may run beside. */
const ownShare = 0.5;
/** Beyond it messages are only counted: prices and marks end there. */
const mostPlayed = 30_000_000;

export interface BuildOptions {
  readonly signal?: AbortSignal;
  /** Time spent, for the portions in between which others run. */
  readonly monotonicMs?: () => number;
  /** With replays in the same loop. */
  readonly share?: LoopShare;
  readonly mostPlayed?: number;
}

/**
 * Marks and timeline of a session that has none, from its records: everything is played once through a core of its own,
 * in short portions, and watched as a live one is. Throws `RecordingError`; stopped by its signal it starts over next time.
 */
export async function buildTimeline(
  session: RecordedSession,
  timeline: SessionTimeline,
  options: BuildOptions = {},
): Promise<void> {
  const { signal, monotonicMs = () => systemClock.monotonicMs() } = options;
  const share = options.share ?? new LoopShare({ ...systemClock, monotonicMs }, () => ownShare);
  const reader = await RecordingReader.open(session.segments.map(({ path }) => path));
  const part = await reader.from(Number.NEGATIVE_INFINITY);
  const createCore = (): Core => createSessionCore(reader);
  const watch = new RecordWatch(timeline, createCore, options.mostPlayed ?? mostPlayed);
  timeline.beginBuild();
  watch.restart(part.state);
  try {
    for await (const portion of part.portions) {
      if (portion.type === 'state') {
        watch.restart(portion.state);
        continue;
      }
      for (let at = 0; at < portion.items.length;) {
        await share.turn();
        try {
          at = takeItems(watch, portion.items, at, monotonicMs);
        } finally {
          share.done();
        }
        await nextTurn();
        if (signal?.aborted === true) return;
      }
    }
  } finally {
    await part.portions.return(undefined);
  }
  watch.end();
  noteLosses(await readLosses(session), timeline);
  timeline.endBuild();
}

/** Where it goes on: it takes no longer than its turn. */
function takeItems(
  watch: RecordWatch,
  items: readonly RecordedItem[],
  from: number,
  monotonicMs: () => number,
): number {
  const untilMs = monotonicMs() + busyMs;
  for (let at = from; at < items.length; at += 1) {
    const item = items[at];
    if (item?.type !== 'input') continue;
    watch.take(item.input);
    if (monotonicMs() >= untilMs) return at + 1;
  }
  return items.length;
}

/** A core that is fed from records, its clock theirs. */
class RecordWatch {
  private readonly timeline: SessionTimeline;
  private readonly createCore: () => Core;
  private readonly maker: MarkMaker;
  private left: number;
  private core: Core | null = null;
  private state: Parameters<Core['restore']>[0] | null = null;
  private nowMs = 0;
  private beatMs = 0;
  private counted = { messages: 0, bytes: 0, inputs: 0, fromMs: 0 };

  constructor(timeline: SessionTimeline, createCore: () => Core, mostPlayed: number) {
    this.timeline = timeline;
    this.createCore = createCore;
    this.maker = new MarkMaker(timeline);
    this.left = mostPlayed;
  }

  /** With the next input: only then is it known when that is. */
  restart(state: Parameters<Core['restore']>[0]): void {
    if (this.core !== null && this.left > 0) this.maker.beat(this.nowMs);
    this.state = state;
  }

  take(input: CoreInput): void {
    this.begin(input);
    const { core } = this;
    if (core === null) return;
    this.nowMs = Math.max(this.nowMs, input.monotonicMs);
    if (this.left <= 0) {
      this.count(input);
      return;
    }
    // Before it is handled: what a beat sees is what was there when it was due.
    if (this.nowMs - this.beatMs >= beatMs) {
      this.beatMs = this.nowMs;
      this.maker.beat(this.nowMs);
    }
    core.handle(input, dropped);
    this.left -= 1;
    if (this.left > 0) return;
    this.maker.stop(this.nowMs);
    this.counted = { ...this.counted, inputs: core.view.sequence, fromMs: this.nowMs };
  }

  end(): void {
    if (this.core !== null && this.left > 0) this.maker.stop(this.nowMs);
  }

  private begin(input: CoreInput): void {
    const { state } = this;
    if (state === null) return;
    this.state = null;
    if (this.left <= 0) return;
    const core = this.createCore();
    core.restore(state);
    this.core = core;
    // A new engine after a restart counts from 0 again.
    this.nowMs = input.monotonicMs;
    this.beatMs = this.nowMs;
    this.maker.attach(core.view, this.nowMs);
  }

  private count(input: CoreInput): void {
    const { counted } = this;
    counted.inputs += 1;
    if (input.type === 'frame') {
      counted.messages += 1;
      counted.bytes += input.text.length;
    }
    const coversMs = this.nowMs - counted.fromMs;
    if (coversMs < this.timeline.sampleMs) return;
    this.timeline.sample({
      ...{ time: input.receivedTime, coversMs, inputs: counted.inputs },
      ...{ messages: counted.messages, bytes: counted.bytes, venuesLive: 0, prices: new Map() },
    });
    this.counted = { messages: 0, bytes: 0, inputs: counted.inputs, fromMs: this.nowMs };
  }
}

function dropped(): void {
  return;
}
