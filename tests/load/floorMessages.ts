import type { KeptRoom } from './crowd.ts';

export interface FloorStart {
  readonly kept: readonly KeptRoom[];
  /** When it begins anew. */
  readonly cycleMs: number;
  readonly isBinary: boolean;
}

/** Both ends are of this program. */
export function parseFloorStart(message: unknown): FloorStart {
  if (typeof message !== 'object' || message === null || !('kept' in message)) {
    throw new TypeError('no messages to send');
  }
  return message as FloorStart;
}
