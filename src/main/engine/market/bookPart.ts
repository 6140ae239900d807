import type { BookViewPart } from '../consolidated/buildBookView.ts';
import type { InstrumentState } from './instrumentState.ts';

/** One venue's share of a ladder: its levels count only while book, stream and socket are whole. */
export function bookPart(state: InstrumentState, muted: boolean): BookViewPart | null {
  const keeper = state.book;
  const stream = state.streams.get('book');
  if (keeper === null || stream === undefined) return null;
  const book = keeper.state;
  const counted = book.status === 'live' && stream.isFresh && !muted;
  return {
    venue: state.instrument.venue,
    instrument: state.id,
    status: book.status,
    streamStatus: stream.status,
    sequence: book.sequence,
    receivedTime: book.receivedTime,
    counted,
    note: counted ? null : noteOf(state, muted),
    book: book.book,
    knownBids: book.knownBids(),
    knownAsks: book.knownAsks(),
  };
}

function noteOf(state: InstrumentState, muted: boolean): string {
  if (muted) return 'Left out by you.';
  if (state.instrument.tradingStatus === 'closed') return 'Trading is closed.';
  const stream = state.streams.get('book');
  const book = state.book?.state;
  if (stream?.note !== null && stream?.note !== undefined) return stream.note;
  if (book?.status === 'gap' || book?.status === 'resyncing') {
    return `Sequence lost: ${book.heldDeltas} updates held, attempt ${book.epoch}.`;
  }
  if (book?.status === 'buffering') {
    return `Waiting for a snapshot: ${book.heldDeltas} updates held.`;
  }
  return 'Waiting for the first order book.';
}
