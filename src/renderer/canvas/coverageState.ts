import type { BookPart } from '../../shared/values.ts';
import { assertNever } from '../../shared/assert.ts';
import type { CoverageState } from '../widgets/validity.ts';

/** What one venue's book is to a ladder. Only a counted part is in the rows. */
export function bookPartState(part: BookPart): CoverageState {
  if (part.counted) return 'live';
  if (part.status === 'gap' || part.status === 'resyncing') return 'resyncing';
  switch (part.streamStatus) {
    case 'stale':
    case 'resyncing':
      return part.streamStatus;
    case 'failed':
      return 'disconnected';
    case 'live':
    case 'quiet':
      // A whole book that does not count: late, halted or muted.
      return part.status === 'live' ? 'excluded' : 'connecting';
    case 'subscribing':
      return 'connecting';
    default:
      return assertNever(part.streamStatus);
  }
}
