/**
 * Bytes to validated book and tape state, against bare `JSON.parse` of the same bytes: both from the same Buffers, taken
 * in turns. Usage: TRUETAPE_FIXTURES=FOLDER node tests/bench/decode.ts [ROUNDS]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BookState } from '../../src/main/engine/book/bookState.ts';
import { hashBook } from '../../src/main/engine/book/levelHash.ts';
import { Tape } from '../../src/main/engine/tape/tape.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { DecodeContext, VenueEvent } from '../../src/main/engine/venues/venue.ts';

const folder = process.env['TRUETAPE_FIXTURES'];
const rounds = Number(process.argv[2] ?? 15);
const snapshotLine = 7;
const timeLength = 28;
const finalBook = '1c49adbccd208ab0c5a7b5e8051c23834b6b6292fd5861e951ff00d97a25cd5f';

function readFrames(root: string): { frames: Buffer[]; snapshot: string } {
  const base = join(root, 'binance-spot', 'btcusdt-20240808');
  const content = gunzipSync(readFileSync(`${base}.ndjson.gz`));
  const frames: Buffer[] = [];
  let start = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    frames.push(Buffer.from(content.subarray(start + timeLength, end)));
    start = end + 1;
  }
  return { frames, snapshot: readFileSync(`${base}.depth-snapshot.json`, 'utf8') };
}

function parseOnly(frames: readonly Buffer[]): number {
  let objects = 0;
  for (const frame of frames) {
    const value: unknown = JSON.parse(frame.toString('utf8'));
    if (typeof value === 'object') objects += 1;
  }
  return objects;
}

/** The engine's own path: decode, sequence check, book, tape, newest best prices. */
function decodeAll(frames: readonly Buffer[], snapshot: string): string {
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

function elapsedMs(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((first, second) => first - second);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function run(root: string): void {
  const { frames, snapshot } = readFrames(root);
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  const parseTimes: number[] = [];
  const decodeTimes: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds + 2; round += 1) {
    const parseMs = elapsedMs(() => parseOnly(frames));
    const decodeMs = elapsedMs(() => {
      if (decodeAll(frames, snapshot) !== finalBook) throw new Error('the book is not right');
    });
    if (round < 2) continue;
    parseTimes.push(parseMs);
    decodeTimes.push(decodeMs);
    ratios.push(decodeMs / parseMs);
  }
  const rate = (ms: number) => `${Math.round(frames.length / ms)}k msg/s`;
  const parseMs = median(parseTimes);
  const decodeMs = median(decodeTimes);
  process.stdout.write(
    `${frames.length} frames, ${(bytes / 1e6).toFixed(1)} MB, ${rounds} rounds, medians\n` +
      `JSON.parse alone       ${parseMs.toFixed(0)} ms  ${rate(parseMs)}\n` +
      `to book and tape state ${decodeMs.toFixed(0)} ms  ${rate(decodeMs)}\n` +
      `ratio                  ${median(ratios).toFixed(2)}\n`,
  );
}

if (folder === undefined) {
  process.stderr.write('Set TRUETAPE_FIXTURES to the folder of the recorded frames.\n');
  process.exitCode = 2;
} else run(folder);
