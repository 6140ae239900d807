import type { VenueId } from '../../../shared/venues.ts';
import type { RecordedBook, RecordedFrame, VenueRecordingFeed } from '../../engine/host.ts';

/** What a venue's side of a socket does with it. */
export interface DialectPort {
  send(text: string): void;
  /** The recording holds this stream. */
  isRecorded(topic: string): boolean;
  has(topic: string): boolean;
  /** From the next frame on; a book that continues from before is begun by `snapshotOf`. */
  add(topic: string): void;
  remove(topic: string): void;
  readonly topics: readonly string[];
}

/** One socket of a client in the venue's own words. */
export interface DialectSocket {
  onText(text: string): void;
  /** The frame as this socket is sent it. */
  textOf(frame: RecordedFrame): string;
  /** The message that would begin this book stream now; null: none, its next frames stand for themselves. */
  snapshotOf(topic: string): string | null;
}

export interface RestReply {
  readonly status: number;
  readonly body: string;
}

/** A venue as its clients know it, answered from a recording. Holds no socket and no timer. */
export interface VenueDialect {
  readonly venue: VenueId;
  /** Null: this venue has no socket at this path. Streams may be named by the address itself. */
  openSocket(path: string, query: URLSearchParams, port: DialectPort): DialectSocket | null;
  /**
   * Whether the recording has told by now what this answer rests on; null: it rests on nothing that is still to come. Who asks
   * for it begins the run, and waits for it.
   */
  awaits(path: string, query: URLSearchParams): (() => boolean) | null;
  answer(path: string, query: URLSearchParams): RestReply | Promise<RestReply>;
}

export type CreateDialect = (feed: VenueRecordingFeed) => VenueDialect;

export function timeOf(book: RecordedBook): number {
  return Math.floor(book.receivedTime);
}

export function ok(value: unknown): RestReply {
  return { status: 200, body: JSON.stringify(value) };
}

/** A whole number in bounds, or the fallback. */
export function limitIn(query: URLSearchParams, name: string, usual: number, most: number): number {
  const text = query.get(name) ?? '';
  return /^[1-9]\d{0,5}$/.test(text) ? Math.min(Number(text), most) : usual;
}

/** A whole number of a query, epoch ms or an id; null: it names none. */
export function wholeIn(query: URLSearchParams, name: string): number | null {
  const text = query.get(name) ?? '';
  return /^\d{1,16}$/.test(text) ? Number(text) : null;
}

/** Null for what is no JSON object. */
export function readObject(text: string): Readonly<Record<string, unknown>> | null {
  if (text.length > 65_536) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    // What is no JSON is no object either: the venue's own complaint answers it.
    return null;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textsIn(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length > 1_024) return null;
  const texts = value.filter((each) => typeof each === 'string');
  return texts.length === value.length ? texts : null;
}
