import type { CandleInterval, EpochMs, Instrument, InstrumentId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { TickerValue, TradeValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { CoreView } from '../coreView.ts';
import { formatUnits } from '../decimal.ts';
import type {
  RecordedBook,
  RecordedCandle,
  RecordedCandleRequest,
  RecordedQuote,
  VenueRecordingFeed,
  VenueRecordingListener,
  VenueRecordingState,
} from '../hosting/venueRecordingContract.ts';
import type { CoreInput } from '../inputs.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { RecordingReader } from '../recording/recordingReader.ts';
import { createVenue } from '../venues/registry.ts';
import { BarsOfBefore } from './barsOfBefore.ts';
import { HeardFrames, venueOf } from './heardFrames.ts';
import { LoopShare } from './loopShare.ts';
import { passagesOf } from './passages.ts';
import { PlayPace } from './playPace.ts';
import { loadVenueCandles } from './recordedCandles.ts';
import { describeDamages, describeFailure } from './replayProblem.ts';
import { createSessionCore } from './sessionCore.ts';
import { SessionRun } from './sessionRun.ts';

/** Between two looks at what is due; a frame comes no later than this after its time. */
const stepMs = 5;
const budgetMs = 12;

const deaf: VenueRecordingListener = {
  onFrame: () => undefined,
  onBreak: () => undefined,
  onEnd: () => undefined,
};

export interface VenueRecordingOptions {
  readonly session: RecordedSession;
  readonly from: EpochMs | null;
  readonly speed: number | null;
  readonly clock: ClockPort;
  readonly share?: LoopShare;
}

interface OpenedSession {
  readonly reader: RecordingReader;
  readonly run: SessionRun;
  readonly endTime: EpochMs;
  readonly later: CoreView;
  readonly heard: HeardFrames;
  readonly before: BarsOfBefore;
}

/** Plays a session once, forward, for programs that take it for the venues: each frame goes out as it came in. */
export class VenueRecording implements VenueRecordingFeed {
  onClosed: () => void = () => undefined;
  /** As many as an engine keeps of an instrument. */
  readonly maxTrades = 500;
  private readonly options: VenueRecordingOptions;
  private readonly reader: RecordingReader;
  private readonly endTime: EpochMs;
  private readonly run: SessionRun;
  private readonly pace: PlayPace;
  /** Of the session's end: what the venues list is asked for before they have answered in the recording. */
  private readonly later: CoreView;
  private readonly topicsByVenue: ReadonlyMap<VenueId, ReadonlySet<string>>;
  private readonly heard: HeardFrames;
  private readonly before: BarsOfBefore;
  private listener = deaf;
  private isPlaying = false;
  private isFinished = false;
  private failure: string | null = null;
  private cancelStep: () => void = () => undefined;
  private isClosed = false;
  /** One answer is made after the other: each may read many pages. */
  private reading: Promise<unknown> = Promise.resolve();

  private constructor(
    options: VenueRecordingOptions,
    { reader, run, endTime, later, heard, before }: OpenedSession,
  ) {
    this.options = options;
    this.later = later;
    this.reader = reader;
    this.run = run;
    this.endTime = endTime;
    this.heard = heard;
    this.before = before;
    this.topicsByVenue = recordedTopics([run.core.view, later]);
    this.pace = new PlayPace(options.clock);
    this.pace.setSpeed(options.speed);
    run.onInput = (input) => this.onInput(input);
    run.onRestart = () => this.listener.onBreak(null);
  }

  /** Stands at `from` when it resolves. Throws `RecordingError`, whose text is for a person. */
  static async open(options: VenueRecordingOptions): Promise<VenueRecording> {
    const { session, clock, from } = options;
    const reader = await RecordingReader.open(session.segments.map(({ path }) => path));
    const share = options.share ?? new LoopShare(clock, () => 1);
    const startTime = reader.heads[0]?.startTime ?? 0;
    const endTime = (await reader.lastTime()) ?? startTime;
    const time = Math.max(from ?? startTime, startTime);
    const [passage] = await passagesOf(time, reader.places());
    const start = await reader.startAt({ inputs: passage?.inputs ?? 0 });
    const runOptions = { clock, share, createCore: () => createSessionCore(reader) };
    const run = new SessionRun(start, runOptions);
    const marketKind = reader.heads[0]?.origin?.marketKind ?? 'spot';
    const heard = new HeardFrames(marketKind);
    const before = new BarsOfBefore(start, { clock, share, reader, marketKind });
    run.onInput = (input) => heard.hearBars(input);
    const later = await viewAtEnd(endTime, reader, runOptions);
    if (from === null) run.beginAt(startTime);
    else await run.feed({ time }, () => true);
    return new VenueRecording(options, { reader, run, endTime, later, heard, before });
  }

  get state(): VenueRecordingState {
    const { session } = this.options;
    const { isPlaying, isFinished, endTime, reader } = this;
    return {
      ...{ session: session.id, name: session.name, time: this.run.time, endTime },
      ...{ startTime: reader.heads[0]?.startTime ?? 0, isPlaying, isFinished },
      problem: this.failure ?? describeDamages(reader.damages),
    };
  }

  listen(listener: VenueRecordingListener): void {
    this.listener = listener;
  }

  topics(venue: VenueId): ReadonlySet<string> {
    return this.topicsByVenue.get(venue) ?? new Set();
  }

  instruments(venue: VenueId): readonly Instrument[] {
    const known = instrumentsIn(this.view, venue);
    return known.length > 0 ? known : instrumentsIn(this.later, venue);
  }

  book(instrument: InstrumentId, levels: number): RecordedBook | null {
    const parts = parseInstrumentId(instrument);
    const known = this.view.instrument(instrument);
    if (parts === null || known === null) return null;
    const { market, venue } = parts;
    const shown = this.view.bookView({ market, venue, group: '0', rows: levels, muted: [] });
    const [part] = shown.parts;
    if (part === undefined || !part.counted || part.receivedTime === null) return null;
    const { priceDecimals, sizeDecimals } = shown;
    const levelOf = (row: (typeof shown.bids)[number]): readonly [string, string] => [
      formatUnits(row.priceUnits, priceDecimals),
      formatUnits(row.sizeUnits[0] ?? 0, sizeDecimals),
    ];
    return {
      ...{ venueSymbol: known.venueSymbol, sequence: part.sequence },
      ...{ receivedTime: part.receivedTime, bids: shown.bids.map(levelOf) },
      asks: shown.asks.map(levelOf),
    };
  }

  quote(instrument: InstrumentId): RecordedQuote | null {
    const market = parseInstrumentId(instrument)?.market ?? '';
    const quote = this.view.quotesOf(market).find((each) => each.instrument === instrument);
    if (quote === undefined || (quote.status !== 'live' && quote.status !== 'quiet')) {
      const book = this.book(instrument, 1);
      return book === null ? null : { bid: book.bids[0] ?? null, ask: book.asks[0] ?? null };
    }
    const { bidUnits, bidSizeUnits, askUnits, askSizeUnits, priceDecimals, sizeDecimals } = quote;
    const side = (price: number | null, size: number): RecordedQuote['bid'] =>
      price === null ? null : [formatUnits(price, priceDecimals), formatUnits(size, sizeDecimals)];
    return { bid: side(bidUnits, bidSizeUnits), ask: side(askUnits, askSizeUnits) };
  }

  trades(instrument: InstrumentId): readonly TradeValue[] {
    const market = parseInstrumentId(instrument)?.market ?? '';
    return this.view
      .recentTrades(market, this.maxTrades * venueIds.length)
      .filter((trade) => trade.instrument === instrument)
      .toSorted((first, second) => first.venueTime - second.venueTime);
  }

  ticker(instrument: InstrumentId): TickerValue | null {
    const market = parseInstrumentId(instrument)?.market ?? '';
    return this.view.tickersOf(market).find((ticker) => ticker.instrument === instrument) ?? null;
  }

  candles(
    instrument: InstrumentId,
    interval: CandleInterval,
    request: RecordedCandleRequest,
  ): Promise<readonly RecordedCandle[]> {
    const answer = this.reading.then(() => this.readCandles(instrument, interval, request));
    this.reading = answer.catch(() => undefined);
    return answer;
  }

  play(): void {
    if (this.isPlaying || this.isClosed || this.isFinished) return;
    this.isPlaying = true;
    this.pace.anchorAt(this.run);
    this.schedule();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.cancelStep();
    this.run.close();
    this.onClosed();
  }

  private get view(): CoreView {
    return this.run.core.view;
  }

  private async readCandles(
    id: InstrumentId,
    interval: CandleInterval,
    { before, withOwnFigures }: RecordedCandleRequest,
  ): Promise<readonly RecordedCandle[]> {
    const venue = parseInstrumentId(id)?.venue;
    const known = venue === undefined ? [] : this.instruments(venue);
    const instrument = known.find((each) => each.id === id);
    if (instrument === undefined || this.isClosed) return [];
    const { core, time: now } = this.run;
    const silentSince = this.silentSince(instrument, interval);
    const source = { core, reader: this.reader, now, figures: this.heard.figures };
    const bars = await loadVenueCandles(instrument, { interval, before, silentSince }, source);
    return withOwnFigures ? this.withFigures(bars, instrument, interval) : bars;
  }

  /** With those that were told before this run began. */
  private async withFigures(
    bars: readonly RecordedCandle[],
    instrument: Instrument,
    interval: CandleInterval,
  ): Promise<readonly RecordedCandle[]> {
    const { before } = this;
    const completed = (bar: RecordedCandle): RecordedCandle =>
      bar.ownFigures === null ? { ...bar, ownFigures: before.of(instrument, interval, bar) } : bar;
    const unknown = bars.map(completed).find(({ ownFigures }) => ownFigures === null);
    if (unknown !== undefined) {
      await before.readBackTo(unknown.openTime, () => !this.isClosed);
    }
    return bars.map(completed);
  }

  /** When the stream of these bars last said something, where it is away. */
  private silentSince(
    { id, venue, venueSymbol }: Instrument,
    interval: CandleInterval,
  ): EpochMs | null {
    const key = { instrument: id, channel: 'candle', interval } as const;
    const topic = createVenue(venue).topicOf(key, venueSymbol)?.topic;
    const { streams } = this.view.health();
    const stream = streams.find((each) => each.instrument === id && each.topic === topic);
    if (stream === undefined || stream.status === 'live' || stream.status === 'quiet') return null;
    return stream.lastReceivedTime ?? 0;
  }

  private schedule(): void {
    this.cancelStep = this.options.clock.setTimer(stepMs, () => void this.advance());
  }

  private async advance(): Promise<void> {
    const { run, pace } = this;
    try {
      const target = pace.goal(pace.targetMs());
      const budget = pace.isBounded ? budgetMs : Number.POSITIVE_INFINITY;
      const verdict = await run.feed(target, () => !this.isClosed, budget);
      if (this.isClosed) return;
      // What cannot be kept up with is not caught up in a burst; the first moment of a session is known only now.
      if (verdict === 'late' || !pace.isAnchored) pace.anchorAt(run);
      if (verdict === 'end') this.finish();
      else this.schedule();
    } catch (error) {
      this.failure = describeFailure(error);
      this.finish();
    }
  }

  private finish(): void {
    this.isPlaying = false;
    this.isFinished = true;
    this.listener.onEnd();
  }

  private onInput(input: CoreInput): void {
    if (input.type === 'closed') this.listener.onBreak(venueOf(input.connection));
    if (input.type !== 'frame') return;
    const venue = venueOf(input.connection);
    if (venue === null) return;
    const topics = this.heard.hear(venue, input.text);
    if (topics.length === 0) return;
    const { receivedTime, text } = input;
    this.listener.onFrame({ venue, receivedTime, text, topics });
  }
}

function instrumentsIn(view: CoreView, venue: VenueId): readonly Instrument[] {
  return view
    .markets()
    .flatMap((market) => view.instrumentsOf(market))
    .filter((instrument) => instrument.venue === venue);
}

/** What a session ends with, as far as it can be read: its last state, and what came behind it. */
async function viewAtEnd(
  time: EpochMs,
  reader: RecordingReader,
  options: ConstructorParameters<typeof SessionRun>[1],
): Promise<CoreView> {
  const passages = await passagesOf(time, reader.places());
  const start = await reader.startAt({ inputs: passages.at(-1)?.inputs ?? 0 });
  const run = new SessionRun(start, options);
  try {
    await run.feed({}, () => true);
  } finally {
    run.close();
  }
  return run.core.view;
}

/** What was subscribed at the beginning and at the end: a stream of a short visit in between is not known of. */
function recordedTopics(views: readonly CoreView[]): ReadonlyMap<VenueId, ReadonlySet<string>> {
  const found = new Map<VenueId, Set<string>>(venueIds.map((id) => [id, new Set<string>()]));
  for (const view of views) {
    for (const { venue, topic } of view.health().streams) found.get(venue)?.add(topic);
  }
  return found;
}
