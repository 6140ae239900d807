import type { BookSequencing } from '../venues/venue.ts';
import type { DeltaBuffer, HeldLevels } from './deltaBuffer.ts';
import type { OrderBook } from './orderBook.ts';

export type JoinResult =
  | {
      readonly type: 'joined';
      readonly sequence: number;
      /** Held deltas that were applied; with none, the next delta is the first after the snapshot. */
      readonly applied: number;
      readonly receivedTime: number;
    }
  | { readonly type: 'early' }
  /** The held deltas themselves have a gap before `index`. */
  | {
      readonly type: 'gap';
      readonly index: number;
      readonly last: number;
      readonly received: number;
    };

/** Builds `scratch` from a REST snapshot and the deltas held since, under the venue's rule. Nothing held is touched. */
export function joinSnapshot(
  scratch: OrderBook,
  snapshot: HeldLevels,
  lastSequence: number,
  receivedTime: number,
  held: DeltaBuffer,
  sequencing: BookSequencing,
): JoinResult {
  scratch.replace(snapshot, receivedTime);
  let sequence = lastSequence;
  let applied = 0;
  let newest = receivedTime;
  for (let index = 0; index < held.count; index += 1) {
    const delta = held.at(index);
    if (delta === undefined) break;
    const verdict = sequencing.check(sequence, delta.sequence, applied === 0);
    if (verdict === 'ignore') continue;
    if (verdict === 'early') return { type: 'early' };
    if (verdict !== 'apply') {
      return { type: 'gap', index, last: sequence, received: delta.sequence.last };
    }
    scratch.apply(delta, delta.receivedTime);
    sequence = delta.sequence.last;
    newest = Math.max(newest, delta.receivedTime);
    applied += 1;
  }
  if (sequencing.depth !== null) scratch.cut(sequencing.depth);
  return { type: 'joined', sequence, applied, receivedTime: newest };
}
