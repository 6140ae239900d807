import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { HostStatus } from '../../../shared/values.ts';
import type { Core } from '../core.ts';
import type { EngineCommand } from '../engineCommand.ts';
import { emptyLatencyReport } from '../health/latencyReport.ts';
import type { ReplayOptions } from '../hosting/hostContract.ts';
import type { RunningEngine } from '../hosting/runningEngine.ts';
import type { ClockPort } from '../ports/clock.ts';
import { systemClock } from '../ports/clock.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { readRecordedText } from '../recording/tardisLines.ts';
import { createRecordedCore } from './recordedCore.ts';
import { RecordedInputs } from './recordedInputs.ts';
import type { RecordedSnapshot } from './recordedInputs.ts';
import type { RecordedSource } from './scanRecording.ts';
import { scanRecording } from './scanRecording.ts';

const stepMs = 16;

/**
 * Recordings at recorded speed through the same core as a live market. Time is the recording's: when it ends, it stands
 * still. Throws `RecordingError`.
 */
export async function openReplayEngine(
  options: ReplayOptions,
  clock: ClockPort = systemClock,
): Promise<RunningEngine> {
  const { files, venue, marketKind } = options;
  const sources = files.map((file): RecordedSource => ({ file, venues: [venue] }));
  const contents = await scanRecording(sources, marketKind);
  const known = new Set(
    contents.venues.flatMap(({ instruments }) => instruments.map(({ venueSymbol }) => venueSymbol)),
  );
  const snapshots: RecordedSnapshot[] = [];
  for (const { symbol, file, atLine } of options.snapshots) {
    if (!known.has(symbol)) {
      throw new RecordingError(`--snapshot: no frame of ${symbol} in the recording.`);
    }
    const body = await readRecordedText(file);
    snapshots.push({ symbol, venue, file: null, atLine: atLine ?? 0, body });
  }
  const core = createRecordedCore(contents.origin);
  const inputs = new RecordedInputs(core, contents, snapshots);
  return new Player(core, inputs, contents, options, clock);
}

class Player implements RunningEngine {
  readonly source: RunningEngine['source'];
  readonly view: RunningEngine['view'];
  readonly #inputs: RecordedInputs;
  readonly #clock: ClockPort;
  readonly #file: string;
  readonly #firstTime: EpochMs;
  readonly #lastTime: EpochMs;
  readonly #startedMs: number;
  readonly #recordedMarkets: readonly string[];
  #cancel: () => void = () => undefined;
  #isClosed = false;
  #problem: string | null = null;

  constructor(
    core: Core,
    inputs: RecordedInputs,
    contents: Awaited<ReturnType<typeof scanRecording>>,
    options: ReplayOptions,
    clock: ClockPort,
  ) {
    this.#file = options.files[0] ?? '';
    this.source = `replay:${this.#file.split(/[\\/]/).at(-1) ?? ''}`;
    this.view = core.view;
    this.#inputs = inputs;
    this.#clock = clock;
    this.#firstTime = contents.firstTime;
    this.#lastTime = contents.lastTime;
    this.#recordedMarkets = contents.venues.flatMap(({ instruments }) =>
      instruments.map(({ market }) => market),
    );
    this.#startedMs = clock.monotonicMs();
    inputs.begin(this.#withRecorded({ type: 'want', markets: [], books: [], candles: [] }));
    this.#schedule();
  }

  now(): EpochMs {
    const position = this.#firstTime + this.#clock.monotonicMs() - this.#startedMs;
    return Math.min(position, this.#lastTime);
  }

  command(command: EngineCommand): void {
    switch (command.type) {
      case 'want':
        this.#inputs.command(this.#withRecorded(command));
        break;
      case 'instruments':
      case 'configure':
        this.#inputs.command(command);
        break;
      case 'reconnectVenue':
      case 'pauseVenue':
      case 'resumeVenue':
      case 'wake':
        // What was recorded has happened: there is no connection to act on.
        break;
    }
  }

  loadCandles: RunningEngine['loadCandles'] = (history) => {
    const { market, venue, interval } = history;
    const problem = 'A recording has no history before its first trade.';
    return Promise.resolve({
      market,
      venue,
      interval,
      candles: [],
      gaps: [],
      complete: true,
      problem,
    });
  };

  /** Recorded frames come off no wire: how long they took then is not known. */
  latency(span: LatencySpan): LatencyReport {
    return emptyLatencyReport(span, this.now());
  }

  get watchedSince(): EpochMs {
    return this.#firstTime;
  }

  queuedMessages(): number {
    return 0;
  }

  replay(): HostStatus['replay'] {
    const finished = this.#inputs.isFinished || this.#problem !== null;
    return {
      session: this.#file,
      name: this.#file,
      recordedSource: 'imported',
      time: this.now(),
      startTime: this.#firstTime,
      endTime: this.#lastTime,
      isPlaying: !finished,
      isSeeking: false,
      isFinished: finished,
      speed: 1,
      loop: null,
      inputs: this.view.sequence,
      check: null,
      problem: this.#problem,
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    void this.#inputs.close();
  }

  /** Everything recorded is followed from the first frame, whatever windows look at: a book cannot be joined later. */
  #withRecorded(want: Extract<EngineCommand, { type: 'want' }>): EngineCommand {
    const markets = [...new Set([...want.markets, ...this.#recordedMarkets])].sort();
    const books = [...new Set([...want.books, ...this.#recordedMarkets])].sort();
    return { ...want, markets, books };
  }

  #schedule(): void {
    if (this.#isClosed || this.#inputs.isFinished || this.#problem !== null) return;
    this.#cancel = this.#clock.setTimer(stepMs, () => void this.#step());
  }

  async #step(): Promise<void> {
    try {
      await this.#inputs.playUntil(this.now());
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.#problem = error.message;
    }
    this.#schedule();
  }
}
