import type { InstrumentId } from '../../../shared/market.ts';
import { DecodeError } from '../errors.ts';
import type { InputTime } from '../inputs.ts';
import type { TardisLine } from '../recording/tardisLines.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { tardisLines } from '../recording/tardisLines.ts';
import { createVenue } from '../venues/registry.ts';
import type { DecodeContext, Venue, VenueEvent } from '../venues/venue.ts';
import type { InspectArguments } from './inspectArguments.ts';
import { UsageError } from './inspectArguments.ts';
import type { InspectReport } from './inspectReport.ts';
import { hashState } from './inspectReport.ts';
import { InstrumentInspector } from './instrumentInspector.ts';
import { SnapshotQueue } from './snapshotQueue.ts';

/** Runs the recordings and reports. Throws `RecordingError` and `UsageError`, whose messages are for a person. */
export async function inspectRecordings(args: InspectArguments): Promise<InspectReport> {
  const venue = createVenue(args.venue);
  const inspection = new Inspection(venue, args, await SnapshotQueue.load(venue, args.snapshots));
  for (const file of args.files) {
    inspection.beginFile(file);
    for await (const portion of tardisLines(file)) {
      for (const line of portion) if (line.isBreak !== true) inspection.apply(line);
    }
  }
  if (inspection.frames === 0)
    throw new RecordingError(`${args.files.join(', ')}: no frame in it.`);
  if (!inspection.knowsAnything) {
    throw new RecordingError(
      `${args.files.join(', ')}: no message of ${args.venue} in ${inspection.frames} frames; is --venue right?`,
    );
  }
  inspection.checkLines();
  inspection.checkSymbols(args.snapshots.map((snapshot) => snapshot.symbol));
  return inspection.report();
}

class Inspection {
  readonly #venue: Venue;
  readonly #snapshots: SnapshotQueue;
  readonly #context: DecodeContext;
  readonly #checkpointLines: readonly number[];
  readonly #bySymbol = new Map<string, InstrumentInspector>();
  readonly #byInstrument = new Map<InstrumentId, InstrumentInspector>();
  readonly #files: { readonly file: string; frames: number; control: number }[] = [];
  /** Lines before this file; lines are counted over all files. */
  #frames = 0;
  #decodeErrors = 0;
  #firstError: { readonly line: number; readonly reason: string } | null = null;
  #time: InputTime = { receivedTime: 0, monotonicMs: 0 };

  constructor(venue: Venue, args: InspectArguments, snapshots: SnapshotQueue) {
    this.#venue = venue;
    this.#snapshots = snapshots;
    this.#checkpointLines = args.checkpointLines;
    this.#context = {
      marketKind: args.marketKind,
      instrumentOf: (venueSymbol) => this.#inspectorOf(venueSymbol).instrument,
      decimalsOf: (instrument) =>
        this.#byInstrument.get(instrument)?.decimals ?? { price: 0, size: 0 },
    };
  }

  /** Market data, or at least an answer of the venue. */
  get knowsAnything(): boolean {
    return this.#bySymbol.size > 0 || this.#files.some(({ control }) => control > 0);
  }

  get frames(): number {
    return this.#frames;
  }

  beginFile(file: string): void {
    this.#files.push({ file, frames: 0, control: 0 });
  }

  apply(recorded: TardisLine): void {
    const line = this.#frames + 1;
    const time = { receivedTime: recorded.receivedTime, monotonicMs: recorded.receivedTime };
    this.#time = time;
    for (const inspector of this.#byInstrument.values()) inspector.answerRequest(line, time);
    try {
      this.#venue.decode(recorded.text, this.#context, this.#sink);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#decodeErrors += 1;
      this.#firstError ??= { line, reason: error.message };
    }
    this.#frames += 1;
    const file = this.#files.at(-1);
    if (file !== undefined) file.frames += 1;
    if (this.#checkpointLines.includes(line)) {
      for (const inspector of this.#byInstrument.values()) inspector.addCheckpoint(line);
    }
  }

  /** A book after a line that there is not would be left out without a word. */
  checkLines(): void {
    const beyond = this.#checkpointLines.find((line) => line > this.#frames);
    if (beyond === undefined) return;
    throw new UsageError(`--at-line ${beyond}: the recording has only ${this.#frames} lines.`);
  }

  /** A snapshot for a symbol that never came is a mistake of the command line. */
  checkSymbols(symbols: readonly string[]): void {
    const unknown = symbols.find((symbol) => !this.#bySymbol.has(symbol));
    if (unknown === undefined) return;
    const present = [...this.#bySymbol.keys()].slice(0, 20).join(', ');
    throw new UsageError(`--snapshot: no frame of ${unknown} in the recording; it has ${present}.`);
  }

  report(): InspectReport {
    const instruments = [...this.#byInstrument.values()]
      .map((inspector) => inspector.report())
      .sort((first, second) => (first.instrument < second.instrument ? -1 : 1));
    return {
      files: this.#files,
      frames: this.#frames,
      decodeErrors: { count: this.#decodeErrors, first: this.#firstError },
      instruments,
      stateHash: hashState(instruments),
    };
  }

  readonly #sink = (event: VenueEvent): void => {
    switch (event.type) {
      case 'ack': {
        const file = this.#files.at(-1);
        if (file !== undefined) file.control += 1;
        break;
      }
      case 'pong':
      case 'notice':
        break;
      case 'trade':
      case 'bbo':
      case 'book':
      case 'ticker':
      case 'candle':
      case 'other':
        this.#inspectorOf(event.venueSymbol).apply(event, this.#frames + 1, this.#time);
        break;
    }
  };

  #inspectorOf(venueSymbol: string): InstrumentInspector {
    const known = this.#bySymbol.get(venueSymbol);
    if (known !== undefined) return known;
    const description = this.#venue.describeSymbol(venueSymbol, this.#context.marketKind);
    const inspector = new InstrumentInspector(
      this.#venue,
      venueSymbol,
      description,
      this.#snapshots,
    );
    this.#bySymbol.set(venueSymbol, inspector);
    this.#byInstrument.set(inspector.instrument, inspector);
    return inspector;
  }
}
