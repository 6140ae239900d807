import type { BookSequencing } from '../venue.ts';
import { bookDepth } from './topics.ts';

/**
 * Snapshot on subscribing, and whenever the venue likes; each delta's `u` is one more than the last (measured without an
 * exception, not promised). `u = 1` is a restart of the venue's service: its snapshot follows. Should the venue begin to skip
 * numbers without losing messages, `strictU` false takes every newer one; a loss is then only seen where it crosses the book.
 */
export function createSequencing(strictU: boolean): BookSequencing {
  return {
    bootstrap: 'stream',
    scope: 'stream',
    depth: bookDepth,
    check: (lastSequence, delta) => {
      if (delta.last === lastSequence + 1) return 'apply';
      if (delta.last === 1) return 'reset';
      if (delta.last <= lastSequence) return 'ignore';
      return strictU ? 'gap' : 'apply';
    },
  };
}

export const sequencing = createSequencing(true);
