import type { EpochMs } from '../../shared/market.ts';

const bucketMs = 5000;
/** A batch comes twice a second at least: what is not told for so long is not known to have gone on. */
const longestGuessMs = 1000;
/** Recorded time that may be guessed at high speed: what happened in it has not been told yet, so nothing may age by it. */
const guessedRecordingMs = 250;

/** How a replay goes on from the newest batch. */
export interface ReplayPace {
  readonly isPlaying: boolean;
  /** Null: as fast as it goes. */
  readonly speed: number | null;
  readonly endTime: EpochMs;
}

/**
 * The host's clock on the page's monotonic one. A batch takes some time to arrive, so the largest difference of the last
 * seconds is the best. A replay's clock has a pace of its own: it stands while the replay does, and goes little further
 * than it was told, so that a value is as old as the recording says at any speed.
 */
export class HostClock {
  #presentBest: number | null = null;
  #formerBest: number | null = null;
  #bucketStart = 0;
  #replay: { readonly time: EpochMs; readonly receivedMs: number } | null = null;
  #pace: ReplayPace | null = null;
  #shown: EpochMs | null = null;

  reset(): void {
    this.#presentBest = null;
    this.#formerBest = null;
    this.#replay = null;
    this.#pace = null;
    this.#shown = null;
  }

  /** The replay jumped: the clock stands where it is until it hears where to, and may go back. */
  jump(): void {
    this.#pace = null;
    this.#shown = null;
  }

  observe(hostTime: EpochMs, receivedMs: number, isReplay: boolean): void {
    if (isReplay) {
      this.#replay = { time: hostTime, receivedMs };
      return;
    }
    const difference = hostTime - receivedMs;
    if (receivedMs - this.#bucketStart >= bucketMs) {
      this.#formerBest = this.#presentBest;
      this.#presentBest = null;
      this.#bucketStart = receivedMs;
    }
    this.#presentBest = Math.max(this.#presentBest ?? difference, difference);
  }

  /** Null: not known, so the clock stands. */
  setPace(pace: ReplayPace | null): void {
    this.#pace = pace;
  }

  now(monotonicMs: number): EpochMs {
    if (this.#replay !== null) return this.#replayNow(this.#replay, monotonicMs);
    const best = Math.max(this.#presentBest ?? -Infinity, this.#formerBest ?? -Infinity);
    return best === -Infinity ? Date.now() : monotonicMs + best;
  }

  #replayNow(
    told: { readonly time: EpochMs; readonly receivedMs: number },
    monotonicMs: number,
  ): EpochMs {
    if (this.#pace?.isPlaying !== true) {
      this.#shown = null;
      return told.time;
    }
    const { speed, endTime } = this.#pace;
    const passed = Math.min(Math.max(0, monotonicMs - told.receivedMs), longestGuessMs);
    const guessed = Math.min(passed * (speed ?? 0), Math.max(passed, guessedRecordingMs));
    const now = Math.max(told.time, Math.min(told.time + guessed, endTime));
    // A guess that went a little too far waits for the replay; a clock that runs back makes ages jump.
    if (this.#shown !== null && now < this.#shown && this.#shown - now <= longestGuessMs) {
      return this.#shown;
    }
    this.#shown = now;
    return now;
  }
}
