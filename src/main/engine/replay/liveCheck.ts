import type { EpochMs } from '../../../shared/market.ts';
import type { ReplayCheck } from '../../../shared/replay.ts';
import type { Core } from '../core.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { PassedCheckpoint } from '../recording/inputCursor.ts';
import { parseState, unpackStateText } from '../recording/savedState.ts';

const everyMs = 5_000;
/** Beyond it others have their turn. */
const heldLimitMs = 2;
/** A check takes at most this part of the time. */
const share = 0.01;

export interface LiveCheckOptions {
  readonly clock: ClockPort;
  readonly createCore: () => Core;
}

/**
 * Holds the state of a replay against what the live run wrote down. Equal texts of both states are the proof; where they differ
 * their hashes decide, since they alone are what is promised to be equal.
 */
export class LiveCheck {
  newest: ReplayCheck | null = null;
  private isEnd = false;
  private readonly options: LiveCheckOptions;
  private nextMs = Number.NEGATIVE_INFINITY;

  constructor(options: LiveCheckOptions) {
    this.options = options;
  }

  /** While the core stands at the checkpoint's last input; in pieces, between which others have their turn. */
  async atCheckpoint(core: Core, time: EpochMs, checkpoint: PassedCheckpoint): Promise<void> {
    const { clock } = this.options;
    if (clock.monotonicMs() < this.nextMs) return;
    let spentMs = 0;
    let heldMs = 0;
    const piece = async <Value>(work: () => Value): Promise<Value> => {
      const startedMs = clock.monotonicMs();
      const value = work();
      const tookMs = clock.monotonicMs() - startedMs;
      spentMs += tookMs;
      heldMs += tookMs;
      if (heldMs > heldLimitMs) {
        await new Promise<void>((resolve) => clock.afterInput(resolve));
        heldMs = 0;
      }
      return value;
    };
    const recorded = await unpackStateText(checkpoint.packed);
    const saved = await piece(() => core.save());
    const text = await piece(() => JSON.stringify(saved));
    const isSame = await piece(() => recorded.equals(Buffer.from(text)));
    const hash = await piece(() => core.stateHash());
    const isEqual = isSame || hash === (await this.hashOf(recorded, piece));
    this.newest = { time, inputs: checkpoint.inputs, hash, isEqual };
    this.nextMs = clock.monotonicMs() + Math.max(everyMs, spentMs / share);
  }

  atEnd(core: Core, time: EpochMs, live: { readonly inputs: number; readonly hash: string }): void {
    const inputs = core.view.sequence;
    if (this.newest !== null && this.newest.inputs === inputs && this.isEnd) return;
    this.isEnd = true;
    const hash = core.stateHash();
    this.newest = { time, inputs, hash, isEqual: inputs === live.inputs && hash === live.hash };
  }

  private async hashOf(
    recorded: Buffer,
    piece: <Value>(work: () => Value) => Promise<Value>,
  ): Promise<string> {
    const text = await piece(() => recorded.toString('utf8'));
    const state = await piece(() => parseState(text));
    const core = this.options.createCore();
    await piece(() => core.restore(state));
    return piece(() => core.stateHash());
  }
}
