import type { BookViewPart } from '../consolidated/buildBookView.ts';
import type { InstrumentState } from './instrumentState.ts';

/** One venue's share of a ladder: its levels count only while book, stream and socket are whole. */
export function bookPart(state: InstrumentState, muted: boolean): BookViewPart | null {
  const keeper = state.book;
  const stream = state.streams.get('book');
  if (keeper === null || stream === undefined) return null;
  const book = keeper.state;
  const isWhole = book.status === 'live' && stream.isFresh;
  const counted = isWhole && !muted && !state.isClosed && !state.isLate('book');
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
  if (state.isClosed) return 'Trading is closed.';
  if (state.isLate('book')) return 'Arrives seconds late.';
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
