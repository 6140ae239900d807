import type { ConnectionState } from './connectionState.ts';
import { mayFollow, pathBetween } from './connectionState.ts';

/** The state of one connection; listeners hear of every legal step. */
export class StateMachine {
  private present: ConnectionState = 'DISCONNECTED';
  private readonly onStep: (from: ConnectionState, to: ConnectionState) => void;

  constructor(onStep: (from: ConnectionState, to: ConnectionState) => void) {
    this.onStep = onStep;
  }

  get state(): ConnectionState {
    return this.present;
  }

  /** By way of what has to lie between. A listener may move it on: the rest of this way is left then. */
  moveTo(state: ConnectionState): void {
    for (const next of pathBetween(this.present, state)) {
      const from = this.present;
      if (!mayFollow(from, next)) return;
      this.present = next;
      this.onStep(from, next);
      if (this.present !== next) return;
    }
  }
}
