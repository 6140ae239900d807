import { assertNever } from '../../shared/assert.ts';
import type { BridgeState } from '../bridge/bridge.ts';
import type { LinkHealth } from './marketStore.ts';

const silenceLimitMs = 2000;
/** A page that itself stood still hears of nothing meanwhile: a long frame counts as a short one. */
const longestCountedFrameMs = 250;

/** Decides whether anything on the page may still look live. */
export class LinkWatch {
  #bridge: BridgeState = { type: 'connecting' };
  #silentMs = 0;
  #lastFrame: number | null = null;
  #health: LinkHealth = { status: 'connecting', since: Date.now(), reason: null };

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

  /** Frames stop while the window is hidden, and so does the count. */
  onFrame(frameTime: number): void {
    const passed = this.#lastFrame === null ? 0 : frameTime - this.#lastFrame;
    this.#lastFrame = frameTime;
    this.#silentMs += Math.min(passed, longestCountedFrameMs);
    if (this.#silentMs > silenceLimitMs) this.#judge();
  }

  #judge(): void {
    const isSilent = this.#silentMs > silenceLimitMs;
    const { status, reason } = statusOf(this.#bridge, isSilent);
    if (status === this.#health.status && reason === this.#health.reason) return;
    this.#health = { status, since: Date.now(), reason };
  }
}

function statusOf(bridge: BridgeState, isSilent: boolean): Omit<LinkHealth, 'since'> {
  switch (bridge.type) {
    case 'connecting':
      return { status: 'connecting', reason: null };
    case 'open':
      return isSilent
        ? { status: 'silent', reason: 'The engine has said nothing for 2 s.' }
        : { status: 'open', reason: null };
    case 'closed':
    case 'refused':
    case 'mismatch':
      return { status: bridge.type, reason: bridge.reason };
    default:
      return assertNever(bridge);
  }
}
