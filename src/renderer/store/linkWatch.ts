import { assertNever } from '../../shared/assert.ts';
import type { BridgeState } from '../bridge/bridge.ts';
import type { LinkHealth } from './marketStore.ts';

const silenceLimitMs = 1200;
/** After this long a new connection is tried: whatever the two ends wait for, they would wait for ever. */
const hopelessMs = 15_000;
/** A page that itself stood still hears of nothing meanwhile: a long frame counts as a short one. */
const longestCountedFrameMs = 250;

/** Decides whether anything on the page may still look live. */
export class LinkWatch {
  #bridge: BridgeState = { type: 'connecting' };
  #silentMs = 0;
  #lastFrame: number | null = null;
  #health: LinkHealth = {
    status: 'connecting',
    since: Date.now(),
    reason: null,
    fault: null,
    retry: null,
  };

  get health(): LinkHealth {
    return this.#health;
  }

  onBridge(state: BridgeState): void {
    this.#bridge = state;
    this.heard();
  }

  /** Anything of the host, heartbeats included. */
  heard(): void {
    this.#silentMs = 0;
    this.#judge();
  }

  /** Frames stop while the window is hidden, and so does the count. True once in a silence without hope. */
  onFrame(frameTime: number): boolean {
    const passed = this.#lastFrame === null ? 0 : frameTime - this.#lastFrame;
    this.#lastFrame = frameTime;
    this.#silentMs += Math.min(passed, longestCountedFrameMs);
    if (this.#silentMs > silenceLimitMs) this.#judge();
    if (this.#bridge.type !== 'open' || this.#silentMs < hopelessMs) return false;
    this.#silentMs = silenceLimitMs;
    return true;
  }

  #judge(): void {
    const isSilent = this.#silentMs > silenceLimitMs;
    const next = statusOf(this.#bridge, isSilent);
    const last = this.#health;
    if (
      next.status === last.status &&
      next.reason === last.reason &&
      next.retry?.attempt === last.retry?.attempt &&
      next.retry?.nextAttemptTime === last.retry?.nextAttemptTime
    ) {
      return;
    }
    // Silent, then closed, then refused is one time without a host.
    const goesOn = (next.status === 'open') === (last.status === 'open');
    this.#health = { ...next, since: goesOn ? last.since : Date.now() };
  }
}

function statusOf(bridge: BridgeState, isSilent: boolean): Omit<LinkHealth, 'since'> {
  const nothing = { reason: null, fault: null, retry: null };
  switch (bridge.type) {
    case 'connecting':
      return { status: 'connecting', ...nothing };
    case 'open':
      return isSilent
        ? {
            ...nothing,
            status: 'silent',
            reason: 'Nothing comes from the engine.',
          }
        : { status: 'open', ...nothing };
    case 'closed':
    case 'refused': {
      const { type, reason, fault, retry } = bridge;
      return { status: type, reason, fault, retry };
    }
    case 'mismatch':
      return { status: 'mismatch', reason: bridge.reason, fault: 'versions', retry: null };
    default:
      return assertNever(bridge);
  }
}
