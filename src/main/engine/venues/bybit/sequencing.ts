import type { BookSequencing } from '../venue.ts';
import { bookDepth } from './topics.ts';

/**
 * Snapshot on subscribing, and whenever the venue likes; each delta's `u` is one more than the last (measured without an
 * exception, not promised). `u = 1` is a restart of the venue's service: its snapshot follows.
 */
export const sequencing: BookSequencing = {
  bootstrap: 'stream',
  scope: 'stream',
  depth: bookDepth,
  check: (lastSequence, delta) => {
    if (delta.last === lastSequence + 1) return 'apply';
    if (delta.last === 1) return 'reset';
    return delta.last <= lastSequence ? 'ignore' : 'gap';
  },
};
