import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { CoreView } from '../coreView.ts';
import { DecodeError } from '../errors.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { FilesPort } from '../ports/files.ts';
import { createRecordedCore } from '../replay/recordedCore.ts';
import type { RecordedSnapshot } from '../replay/recordedInputs.ts';
import { RecordedInputs } from '../replay/recordedInputs.ts';
import type { RecordingContents } from '../replay/scanRecording.ts';
import { scanRecording } from '../replay/scanRecording.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { createVenue } from '../venues/registry.ts';
import { detectSources } from './detectSources.ts';
import type { SourceHint } from './detectSources.ts';
import { ImportClock } from './importClock.ts';
import { Recorder, recorderLimits } from './recorder.ts';
import { RecordingError } from './recordingError.ts';
import { formatIsoTime, readRecordedText } from './tardisLines.ts';
import type { SnapshotNote } from './snapshotNotes.ts';
import { readSnapshotNotes } from './snapshotNotes.ts';

export interface LinesImport {
  readonly paths: readonly string[];
  readonly hint: SourceHint;
  /** Beside those that lie next to a file under its name. */
  readonly snapshots: readonly SnapshotNote[];
  readonly folder: string;
  readonly files: FilesPort;
  readonly appVersion: string;
  readonly pack: (path: string) => Promise<void>;
  /** Called often; may throw to end the work. */
  readonly onPause: (done: number) => void;
  /** Looks at the engine while it plays, on the recording's own clock; resolves with what ends it. */
  readonly watch: (
    view: CoreView,
    clock: ClockPort,
    folder: string,
    startTime: EpochMs,
  ) => Promise<() => Promise<void>>;
}

export interface ImportedLines {
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
  /** For a person: what is missing of it; null: nothing. */
  readonly problem: string | null;
}

/** Plays "TIME FRAME" lines through an engine of their own while a recorder writes down what it hears. */
export async function importLines(options: LinesImport): Promise<ImportedLines> {
  const { sources, marketKind } = await detectSources(options.paths, options.hint);
  const contents = await scanRecording(sources, marketKind, () => options.onPause(0));
  refuseLongSpan(contents);
  const snapshots = await findSnapshots(contents, options.snapshots);
  const problem = await play(options, contents, snapshots);
  return { startTime: contents.firstTime, endTime: contents.lastTime, problem };
}

const dayMs = 86_400_000;
/** Every tick of recorded time is played and written, also where nothing was received. */
const longestDays = 31;

function refuseLongSpan({ firstTime, lastTime }: RecordingContents): void {
  const days = Math.ceil((lastTime - firstTime) / dayMs);
  if (lastTime - firstTime <= longestDays * dayMs) return;
  throw new RecordingError(
    `These frames are of ${days} days, ${dateOf(firstTime)} to ${dateOf(lastTime)}; a session takes ${longestDays}. Import them as sessions of their own.`,
  );
}

function dateOf(time: EpochMs): string {
  return formatIsoTime(time).slice(0, 10);
}

async function play(
  options: LinesImport,
  contents: RecordingContents,
  snapshots: readonly RecordedSnapshot[],
): Promise<string | null> {
  const { folder, appVersion, onPause } = options;
  const core = createRecordedCore(contents.origin);
  const session = randomUUID();
  const clock = new ImportClock(contents.firstTime);
  const writing = new Writing(options, () => core.view.sequence, {
    describe: () => ({
      ...{ appVersion, source: 'imported', origin: contents.origin },
      venues: contents.venues.map(({ venue }) => venue),
      ...{ session, files: contents.files.map(({ file }) => basename(file)) },
    }),
    checkpoint: () => ({ inputs: core.view.sequence, state: core.save() }),
    stateHash: () => core.stateHash(),
  });
  let frames = 0;
  const inputs = new RecordedInputs(core, contents, snapshots, {
    onInput(input) {
      if (input.type === 'frame') frames += 1;
      clock.advance(input.monotonicMs);
      writing.recorder.tap(input);
    },
    onEffect: (effect, time) => writing.recorder.tapEffect(effect, time),
  });
  const endWatch = await options.watch(core.view, clock, folder, contents.firstTime);
  try {
    const instruments = contents.venues.flatMap((venue) => venue.instruments);
    const markets = [...new Set(instruments.map(({ market }) => market))].sort();
    const candles = [
      ...contents.candles,
      ...markets.map((market) => ({ market, venue: null, interval: '1m' as const })),
    ];
    inputs.begin({ type: 'want', markets, books: markets, candles });
    await inputs.playThrough(async () => {
      onPause(frames / contents.frames);
      await writing.settle();
    });
    await writing.finish();
    return describeUnjoined(inputs.unjoinedBooks());
  } finally {
    await inputs.close();
    await writing.close();
    await endWatch();
  }
}

const mostNamed = 4;

/** Null: all books that were recorded could be built. */
function describeUnjoined(books: ReturnType<RecordedInputs['unjoinedBooks']>): string | null {
  if (books.length === 0) return null;
  const names = books
    .slice(0, mostNamed)
    .map(({ venue, market }) => `${market} at ${venueRecord(venue).name}`);
  const more = books.length > mostNamed ? ` and ${books.length - mostNamed} more` : '';
  return `Without order books of ${names.join(', ')}${more}: their snapshots did not come with the file. To have them, import it with truetape import, its .snapshots.json beside it or with --snapshot.`;
}

type Described = Pick<
  ConstructorParameters<typeof Recorder>[0],
  'describe' | 'checkpoint' | 'stateHash'
>;

/** A recorder whose disk is waited for, and whose first failure ends the work. */
class Writing {
  readonly recorder: Recorder;
  private readonly options: LinesImport;
  private readonly closed: string[] = [];
  private failure: { readonly reason: unknown } | null = null;
  private checkedBytes = 0;

  constructor(options: LinesImport, inputsHandled: () => number, described: Described) {
    this.options = options;
    this.recorder = new Recorder({
      ...described,
      files: options.files,
      clock: idleClock,
      folder: options.folder,
      inputsHandled: inputsHandled(),
      onSegment: (path) => this.closed.push(path),
      onFailure: (reason) => {
        this.failure ??= { reason };
      },
    });
  }

  async settle(): Promise<void> {
    await this.recorder.drain();
    this.check();
    const { bytes } = this.recorder.state;
    if (bytes - this.checkedBytes > recorderLimits.waitingBytes) {
      this.checkedBytes = bytes;
      await this.checkSpace();
    }
    await this.packClosed();
  }

  async finish(): Promise<void> {
    await this.recorder.stop();
    this.check();
    await this.packClosed();
  }

  /** Whatever happened: no file stays open. */
  async close(): Promise<void> {
    await this.recorder.stop();
  }

  private check(): void {
    if (this.failure === null) return;
    const { reason } = this.failure;
    throw reason instanceof Error ? reason : new Error(String(reason));
  }

  private async checkSpace(): Promise<void> {
    const free = await this.options.files.freeBytes(this.options.folder);
    if (free >= recorderLimits.pauseFreeBytes) return;
    throw new RecordingError(
      `Only ${Math.floor(free / 1_048_576)} MiB are free on the disk of ${this.options.folder}. Make room, then import again.`,
    );
  }

  private async packClosed(): Promise<void> {
    for (const path of this.closed.splice(0)) await this.options.pack(path);
  }
}

/** An import flushes when it pauses; no timer of its recorder has to. */
const idleClock: ClockPort = {
  wallMs: () => 0,
  monotonicMs: () => 0,
  setTimer: () => () => undefined,
  afterInput: () => undefined,
};

async function findSnapshots(
  contents: RecordingContents,
  given: readonly SnapshotNote[],
): Promise<readonly RecordedSnapshot[]> {
  const snapshots: RecordedSnapshot[] = [];
  const [only] = contents.files;
  for (const note of given) {
    const owner = contents.venues.find(({ instruments }) =>
      instruments.some(({ venueSymbol }) => venueSymbol === note.symbol),
    );
    if (owner === undefined || only === undefined) {
      throw new RecordingError(
        `There is no frame of ${note.symbol} for the snapshot ${note.file}.`,
      );
    }
    const file = contents.files.length === 1 ? only.file : null;
    snapshots.push(await readSnapshot(owner.venue, file, note));
  }
  for (const { file } of contents.files) {
    for (const note of await readSnapshotNotes(file)) {
      snapshots.push(await readSnapshot(ownerOf(contents, note), file, note));
    }
  }
  return snapshots;
}

function ownerOf(contents: RecordingContents, note: SnapshotNote): VenueId {
  const owner = contents.venues.find(
    ({ venue, instruments }) =>
      (note.venue === undefined || note.venue === venue) &&
      instruments.some(({ venueSymbol }) => venueSymbol === note.symbol),
  );
  if (owner !== undefined) return owner.venue;
  throw new RecordingError(`There is no frame of ${note.symbol} for the snapshot ${note.file}.`);
}

async function readSnapshot(
  venue: RecordedSnapshot['venue'],
  file: string | null,
  note: SnapshotNote,
): Promise<RecordedSnapshot> {
  const body = await readRecordedText(note.file);
  try {
    createVenue(venue).rest.readBookSnapshot(body, { price: 0, size: 0 });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new RecordingError(`${note.file} is no book snapshot of ${venue}: ${error.message}.`);
  }
  return { symbol: note.symbol, venue, file, atLine: note.atLine, body };
}
