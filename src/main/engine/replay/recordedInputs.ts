import type { EpochMs } from '../../../shared/market.ts';
import type { Core } from '../core.ts';
import type { EngineCommand } from '../engineCommand.ts';
import type { CoreEffect, EffectSink, SocketRef } from '../inputs.ts';
import { tardisLines } from '../recording/tardisLines.ts';
import type { TardisLine } from '../recording/tardisLines.ts';
import type { UntimedInput } from '../shell/shell.ts';
import type { RecordingContents } from './scanRecording.ts';

const tickMs = 50;

/** A REST answer of a book, given to the book's own request at or after a line. */
export interface RecordedSnapshot {
  readonly symbol: string;
  readonly atLine: number;
  readonly body: string;
}

interface WaitingRequest {
  readonly requestId: number;
  readonly path: string;
}

/** Plays the shell for a core that listens to a recording: sockets open at once, what was not recorded is never answered. */
export class RecordedInputs {
  readonly #core: Core;
  readonly #contents: RecordingContents;
  readonly #portions: AsyncGenerator<readonly TardisLine[]>;
  #portion: readonly TardisLine[] = [];
  #index = 0;
  readonly #snapshots: RecordedSnapshot[];
  readonly #requests: WaitingRequest[] = [];
  readonly #waiting: UntimedInput[] = [];
  readonly #effects: EffectSink = (effect) => this.#onEffect(effect);
  #socket: SocketRef | null = null;
  #line = 0;
  #time: EpochMs;
  #tickTime: EpochMs;
  #isHandling = false;
  isFinished = false;

  constructor(
    core: Core,
    contents: RecordingContents,
    files: readonly string[],
    snapshots: readonly RecordedSnapshot[],
  ) {
    this.#core = core;
    this.#contents = contents;
    this.#snapshots = [...snapshots];
    this.#portions = allPortions(files);
    this.#time = contents.firstTime;
    this.#tickTime = contents.firstTime;
  }

  /** Opens the socket before the first frame: what the core has scheduled at once runs with the next tick. */
  begin(want: EngineCommand): void {
    const { venue, instruments } = this.#contents;
    this.command({ type: 'instruments', venue: venue.id, instruments });
    this.command(want);
    for (let tick = 0; tick < 3 && this.#socket === null; tick += 1) this.#submit({ type: 'tick' });
  }

  command(command: EngineCommand): void {
    this.#submit({ type: 'command', command });
  }

  /** Hands over every frame received until `time`, with a tick every 50 ms of recorded time. */
  async playUntil(time: EpochMs): Promise<void> {
    while (!this.isFinished) {
      const line = this.#portion[this.#index];
      if (line === undefined) {
        await this.#readPortion();
        continue;
      }
      if (line.receivedTime > time) break;
      this.#index += 1;
      this.#tickUntil(line.receivedTime);
      this.#time = Math.max(this.#time, line.receivedTime);
      this.#play(line);
    }
    this.#tickUntil(time);
  }

  async close(): Promise<void> {
    this.isFinished = true;
    await this.#portions.return(undefined);
  }

  async #readPortion(): Promise<void> {
    const result = await this.#portions.next();
    this.#index = 0;
    this.#portion = result.done === true ? [] : result.value;
    if (result.done === true) this.isFinished = true;
  }

  #play(line: TardisLine): void {
    this.#answerSnapshots();
    const socket = this.#socket;
    if (socket !== null) this.#submit({ type: 'frame', ...socket, text: line.text });
    this.#line += 1;
  }

  #tickUntil(time: EpochMs): void {
    while (this.#tickTime + tickMs <= time) {
      this.#tickTime += tickMs;
      this.#time = Math.max(this.#time, this.#tickTime);
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
        const monotonicMs = this.#time - this.#contents.firstTime;
        this.#core.handle({ ...next, receivedTime: this.#time, monotonicMs }, this.#effects);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  #onEffect(effect: CoreEffect): void {
    switch (effect.type) {
      case 'scheduleAttempt': {
        const { connection } = effect;
        this.#submit({ type: 'attemptScheduled', connection, delayMs: 0, frozen: null });
        break;
      }
      case 'connect': {
        const { connection, generation } = effect;
        this.#socket = { connection, generation };
        this.#submit({ type: 'opened', connection, generation });
        break;
      }
      case 'fetch':
        this.#requests.push({ requestId: effect.requestId, path: effect.request.path });
        this.#answerSnapshots();
        break;
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
        ({ symbol, atLine }) =>
          atLine <= this.#line &&
          this.#contents.venue.rest.bookSnapshot(symbol)?.path === request.path,
      );
      if (index < 0) continue;
      const [snapshot] = this.#snapshots.splice(index, 1);
      this.#requests.splice(this.#requests.indexOf(request), 1);
      if (snapshot === undefined) continue;
      const { requestId } = request;
      const { body } = snapshot;
      this.#submit({
        type: 'restAnswered',
        requestId,
        status: 200,
        headers: {},
        body,
        elapsedMs: 0,
      });
    }
  }
}

async function* allPortions(files: readonly string[]): AsyncGenerator<readonly TardisLine[]> {
  for (const file of files) yield* tardisLines(file);
}
