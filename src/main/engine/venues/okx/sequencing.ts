import { crc32 } from 'node:zlib';
import type {
  BookEvent,
  BookSequence,
  BookSequencing,
  ChecksumView,
  SequenceVerdict,
} from '../venue.ts';
import { bookDepth } from './topics.ts';

/**
 * Each update names its predecessor: `prevSeqId` is the last `seqId`, which jumps. Also right: an empty update whose two
 * ids are equal, and after maintenance one whose `seqId` is smaller than its `prevSeqId`. The book starts from the stream's
 * snapshot or, where none comes, from REST. Recordings without ids are held together by their checksums.
 */
export const sequencing: BookSequencing = {
  bootstrap: 'either',
  scope: 'stream',
  depth: bookDepth,
  check: checkUpdate,
  afterApply: (book, event) =>
    event.checksum === null || checksumOf(book) === event.checksum ? 'ok' : 'mismatch',
};

function checkUpdate(last: number, update: BookSequence, joining: boolean): SequenceVerdict {
  const { previous } = update;
  // Without ids only where nothing ever had one.
  if (previous === null) return last < 0 && update.last < 0 ? 'apply' : 'gap';
  if (previous === last) return 'apply';
  if (joining) {
    if (update.last <= last) return 'ignore';
    return previous <= last ? 'apply' : 'early';
  }
  // Only the very same update again is harmless: an older id may also be a restart that was missed.
  return update.last === last && previous < last ? 'ignore' : 'gap';
}

const checksumLevels = 25;

/** CRC-32, signed, over `bid1:size:ask1:size:bid2...` in the exact texts of the venue; a missing side is left out. */
export function checksumOf(book: ChecksumView): number {
  const parts: string[] = [];
  for (let rank = 0; rank < checksumLevels; rank += 1) {
    const bid = book.bid(rank);
    const ask = book.ask(rank);
    if (bid !== null) parts.push(bid[0], bid[1]);
    if (ask !== null) parts.push(ask[0], ask[1]);
    if (bid === null && ask === null) break;
  }
  return crc32(parts.join(':')) | 0;
}

/** Zero means that the venue no longer computes it. */
export function checksumIn(value: unknown): BookEvent['checksum'] {
  return typeof value === 'number' && Number.isInteger(value) && value !== 0 ? value : null;
}
