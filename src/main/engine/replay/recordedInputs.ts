import { setImmediate as breathe } from 'node:timers/promises';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { Core } from '../core.ts';
import type { EngineCommand } from '../engineCommand.ts';
import type { CoreEffect, CoreInput, EffectSink, InputTime, SocketRef } from '../inputs.ts';
import { VenueFinder } from '../recording/frameVenue.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { TardisLine } from '../recording/tardisLines.ts';
import type { UntimedInput } from '../shell/shell.ts';
import { createVenue } from '../venues/registry.ts';
import type { Venue } from '../venues/venue.ts';
import { MergedLines } from './mergedLines.ts';
import type { RecordingContents, ScannedFile } from './scanRecording.ts';

const tickMs = 50;
const longestSilenceMs = 7 * 86_400_000;
/** So many lines or ticks may follow each other before others have their turn. */
const linesAtOnce = 256;
const ticksAtOnce = 2_000;

/** A REST answer of a book, given to the book's own request at or after a line. */
export interface RecordedSnapshot {
  readonly symbol: string;
  readonly venue: VenueId;
  /** Whose lines are counted; null: those of all files together. */
  readonly file: string | null;
  readonly atLine: number;
  readonly body: string;
}

/** Told of everything that the core hears, before it does, and asks for. */
export interface RecordedTap {
  onInput(input: CoreInput): void;
  onEffect(effect: CoreEffect, time: InputTime): void;
}

interface WaitingRequest {
  readonly requestId: number;
  readonly venue: VenueId;
  readonly path: string;
}

/** Plays the shell for a core that listens to recordings: sockets open at once, what was not recorded is never answered. */
export class RecordedInputs {
  readonly #core: Core;
  readonly #contents: RecordingContents;
  readonly #lines: MergedLines;
  readonly #tap: RecordedTap | null;
  readonly #venues: ReadonlyMap<VenueId, Venue>;
  readonly #snapshots: RecordedSnapshot[];
  readonly #requests: WaitingRequest[] = [];
  /** Requests of books that were answered once. */
  readonly #joined = new Set<string>();
  readonly #waiting: UntimedInput[] = [];
  readonly #effects: EffectSink = (effect) => this.#onEffect(effect);
  readonly #sockets = new Map<VenueId, SocketRef>();
  readonly #lineOf = new Map<string, number>();
  #portion: readonly TardisLine[] = [];
  readonly #finders = new Map<string, VenueFinder>();
  #source: ScannedFile | null = null;
  #index = 0;
  #line = 0;
  /** Of the present input: as recorded, while the newest time so far stands for a clock that never steps. */
  #time: EpochMs;
  #newestTime: EpochMs;
  #tickTime: EpochMs;
  #isHandling = false;
  isFinished = false;

  constructor(
    core: Core,
    contents: RecordingContents,
    snapshots: readonly RecordedSnapshot[],
    tap: RecordedTap | null = null,
  ) {
    this.#core = core;
    this.#contents = contents;
    this.#tap = tap;
    this.#snapshots = [...snapshots];
    this.#venues = new Map(contents.venues.map(({ venue }) => [venue, createVenue(venue)]));
    this.#lines = new MergedLines(contents.files);
    for (const { file, venues } of contents.files) {
      this.#finders.set(file, new VenueFinder(venues));
    }
    this.#time = contents.firstTime;
    this.#newestTime = contents.firstTime;
    this.#tickTime = contents.firstTime;
  }

  /** Opens the sockets before the first frame: what the core has scheduled at once runs with the next tick. */
  begin(want: EngineCommand): void {
    for (const { venue, instruments } of this.#contents.venues) {
      this.command({ type: 'instruments', venue, instruments });
    }
    this.command(want);
    this.#openSockets();
  }

  command(command: EngineCommand): void {
    this.#submit({ type: 'command', command });
  }

  /** Hands over every frame received until `time`, with a tick every 50 ms of recorded time. */
  async playUntil(time: EpochMs): Promise<void> {
    for (let line = await this.#peek(); line !== null; line = await this.#peek()) {
      if (line.receivedTime > time) break;
      this.#index += 1;
      this.#tickUntil(line.receivedTime);
      this.#play(line);
    }
    this.#tickUntil(time);
  }

  /** To the end, letting others have their turn; `onPause` may wait for a disk, or throw. */
  async playThrough(onPause: () => Promise<void>): Promise<void> {
    let count = 0;
    for (let line = await this.#peek(); line !== null; line = await this.#peek()) {
      this.#index += 1;
      await this.#passUntil(line.receivedTime, onPause);
      this.#play(line);
      count += 1;
      if (count % linesAtOnce === 0) await onPause();
    }
    await onPause();
  }

  /** Books that wait for a snapshot, and never had one. */
  unjoinedBooks(): readonly { readonly venue: VenueId; readonly market: MarketId }[] {
    const asked = new Set(this.#requests.map(({ venue, path }) => `${venue} ${path}`));
    return this.#contents.venues.flatMap(({ venue, instruments }) =>
      instruments.flatMap(({ market, venueSymbol }) => {
        const path = this.#venues.get(venue)?.rest.bookSnapshot(venueSymbol)?.path;
        const name = `${venue} ${path ?? ''}`;
        return asked.has(name) && !this.#joined.has(name) ? [{ venue, market }] : [];
      }),
    );
  }

  async close(): Promise<void> {
    this.isFinished = true;
    await this.#lines.close();
  }

  async #peek(): Promise<TardisLine | null> {
    for (;;) {
      const line = this.#portion[this.#index];
      if (line !== undefined) return line;
      if (this.isFinished) return null;
      const next = await this.#lines.next();
      this.#index = 0;
      this.#portion = next?.lines ?? [];
      if (next === null) this.isFinished = true;
      else this.#source = next.source;
    }
  }

  #play(line: TardisLine): void {
    const source = this.#source;
    if (source === null) return;
    this.#time = line.receivedTime;
    this.#newestTime = Math.max(this.#newestTime, line.receivedTime);
    this.#lineOf.set(source.file, line.line);
    this.#answerSnapshots();
    if (line.isBreak === true) source.venues.forEach((venue) => this.#breakOff(venue));
    else {
      const venue = this.#finders.get(source.file)?.venueOf(line.text) ?? source.venues[0];
      const socket = this.#sockets.get(venue);
      if (socket !== undefined) this.#submit({ type: 'frame', ...socket, text: line.text });
    }
    this.#line += 1;
  }

  /** The frames that follow are of another socket: books and sequences begin again. */
  #breakOff(venue: VenueId): void {
    const socket = this.#sockets.get(venue);
    if (socket === undefined) return;
    this.#sockets.delete(venue);
    this.#submit({ type: 'closed', ...socket, code: 1006, reason: 'ended in the recording' });
    this.#openSockets();
  }

  #openSockets(): void {
    for (let tick = 0; tick < 3 && this.#sockets.size < this.#venues.size; tick += 1) {
      this.#submit({ type: 'tick' });
    }
  }

  async #passUntil(time: EpochMs, onPause: () => Promise<void>): Promise<void> {
    if (time - this.#tickTime > longestSilenceMs) {
      throw new RecordingError(
        `${this.#source?.file ?? ''}: line ${(this.#portion[this.#index - 1]?.line ?? 0) + 1} is ${Math.round((time - this.#tickTime) / 86_400_000)} days after the one before. Import what lies so far apart as sessions of their own.`,
      );
    }
    while (this.#tickTime + tickMs * ticksAtOnce <= time) {
      this.#tickUntil(this.#tickTime + tickMs * ticksAtOnce);
      await breathe();
      await onPause();
    }
    this.#tickUntil(time);
  }

  #tickUntil(time: EpochMs): void {
    while (this.#tickTime + tickMs <= time) {
      this.#tickTime += tickMs;
      this.#newestTime = Math.max(this.#newestTime, this.#tickTime);
      this.#time = this.#newestTime;
      this.#submit({ type: 'tick' });
    }
  }

  /** Inputs that an input causes follow it. */
  #submit(input: UntimedInput): void {
    this.#waiting.push(input);
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const timed: CoreInput = { ...next, ...this.#inputTime() };
        this.#tap?.onInput(timed);
        this.#core.handle(timed, this.#effects);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  #inputTime(): InputTime {
    const monotonicMs = this.#newestTime - this.#contents.firstTime;
    return { receivedTime: this.#time, monotonicMs };
  }

  #onEffect(effect: CoreEffect): void {
    this.#tap?.onEffect(effect, this.#inputTime());
    switch (effect.type) {
      case 'scheduleAttempt': {
        const { connection } = effect;
        this.#submit({ type: 'attemptScheduled', connection, delayMs: 0, frozen: null });
        break;
      }
      case 'connect': {
        const { venue, connection, generation } = effect;
        this.#sockets.set(venue, { connection, generation });
        this.#submit({ type: 'opened', connection, generation });
        break;
      }
      case 'fetch': {
        const { requestId, venue, request } = effect;
        this.#requests.push({ requestId, venue, path: request.path });
        this.#answerSnapshots();
        break;
      }
      case 'send':
      case 'terminate':
        // Nobody is there to hear it.
        break;
    }
  }

  #answerSnapshots(): void {
    if (this.#snapshots.length === 0) return;
    for (const request of [...this.#requests]) {
      const index = this.#snapshots.findIndex(
        (snapshot) => this.#isDue(snapshot) && this.#answers(snapshot, request),
      );
      if (index < 0) continue;
      const [snapshot] = this.#snapshots.splice(index, 1);
      this.#requests.splice(this.#requests.indexOf(request), 1);
      if (snapshot === undefined) continue;
      this.#joined.add(`${request.venue} ${request.path}`);
      const { requestId } = request;
      const answer = { status: 200, headers: {}, body: snapshot.body, elapsedMs: 0 };
      this.#submit({ type: 'restAnswered', requestId, ...answer });
    }
  }

  #isDue({ file, atLine }: RecordedSnapshot): boolean {
    return atLine <= (file === null ? this.#line : (this.#lineOf.get(file) ?? 0));
  }

  #answers({ venue, symbol }: RecordedSnapshot, request: WaitingRequest): boolean {
    if (venue !== request.venue) return false;
    return this.#venues.get(venue)?.rest.bookSnapshot(symbol)?.path === request.path;
  }
}
