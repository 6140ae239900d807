/** The recorded frames of the benchmarks, and the work that is measured on them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BookState } from '../../src/main/engine/book/bookState.ts';
import { hashBook } from '../../src/main/engine/book/levelHash.ts';
import { Tape } from '../../src/main/engine/tape/tape.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { DecodeContext, VenueEvent } from '../../src/main/engine/venues/venue.ts';

const snapshotLine = 7;
const timeLength = 28;

export interface RecordedFrames {
  readonly frames: Buffer[];
  /** REST body of the book, and the frame before which it arrived. */
  readonly snapshot: string;
  readonly snapshotLine: number;
}

export function readFrames(root: string): RecordedFrames {
  const base = join(root, 'binance-spot', 'btcusdt-20240808');
  const content = gunzipSync(readFileSync(`${base}.ndjson.gz`));
  const frames: Buffer[] = [];
  let start = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    frames.push(Buffer.from(content.subarray(start + timeLength, end)));
    start = end + 1;
  }
  const snapshot = readFileSync(`${base}.depth-snapshot.json`, 'utf8');
  return { frames, snapshot, snapshotLine };
}

export function parseOnly(frames: readonly Buffer[]): number {
  let objects = 0;
  for (const frame of frames) {
    const value: unknown = JSON.parse(frame.toString('utf8'));
    if (typeof value === 'object') objects += 1;
  }
  return objects;
}

/** The engine's own path: decode, sequence check, book, tape, newest best prices. Returns the hash of the last book. */
export function decodeAll(frames: readonly Buffer[], snapshot: string): string {
  const venue = createVenue('binance');
  const book = new BookState({ sequencing: venue.sequencing, decimals: { price: 2, size: 5 } });
  const tape = new Tape({ instrument: 'binance:BTC-USDT' });
  let bestSequence = 0;
  const context: DecodeContext = {
    marketKind: 'spot',
    instrumentOf: () => 'binance:BTC-USDT',
    decimalsOf: () => book.decimals,
  };
  let time = { receivedTime: 0, monotonicMs: 0 };
  const sink = (event: VenueEvent): void => {
    if (event.type === 'book') book.applyEvent(event, time);
    else if (event.type === 'trade') tape.add(event, time.receivedTime);
    else if (event.type === 'bbo') bestSequence = event.sequence ?? 0;
  };
  let line = 0;
  for (const frame of frames) {
    time = { receivedTime: line, monotonicMs: line };
    if (line === snapshotLine) {
      const epoch = book.beginAttempt();
      book.applySnapshot(venue.rest.readBookSnapshot(snapshot, book.decimals), epoch, time);
    }
    venue.decode(frame.toString('utf8'), context, sink);
    line += 1;
  }
  if (bestSequence === 0 || tape.count !== 19_904) throw new Error('messages were lost');
  return hashBook(book.book);
}
