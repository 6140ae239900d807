import type { ConnectionHealth, FeedHealth } from '../../../shared/feedHealth.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { CoreView } from '../coreView.ts';
import type { ClockPort } from '../ports/clock.ts';
import { LargeMoves } from './largeMoves.ts';
import type { SessionTimeline } from './sessionTimeline.ts';
import { TroubleMarks } from './troubleMarks.ts';

const beatMs = 1_000;
/** By so much the newest input may be behind our own clock; a jump of the wall clock or a sleep is longer. */
const mostLagMs = 10_000;

export interface MarkWatchOptions {
  /** False while nothing can be written down: such time is no part of the timeline. */
  readonly isRecording?: () => boolean;
}

/**
 * Samples a running core and marks what happens in it: gaps, resyncs, lost connections, large moves. Returns its end, which
 * tells what is still open.
 */
export function watchForMarks(
  view: CoreView,
  timeline: SessionTimeline,
  clock: Pick<ClockPort, 'monotonicMs' | 'setTimer'>,
  options: MarkWatchOptions = {},
): () => void {
  const maker = new MarkMaker(timeline, options.isRecording);
  maker.attach(view, clock.monotonicMs());
  let cancel: () => void = () => undefined;
  const schedule = (): void => {
    cancel = clock.setTimer(beatMs, () => {
      maker.beat(clock.monotonicMs());
      schedule();
    });
  };
  schedule();
  return () => {
    cancel();
    maker.stop(clock.monotonicMs());
  };
}

/** The same without a timer: for a core that is fed from a recording. */
export class MarkMaker {
  private readonly timeline: SessionTimeline;
  private readonly isRecording: () => boolean;
  private readonly troubles: TroubleMarks;
  private readonly moves: LargeMoves;
  private readonly counters = new Map<string, { messages: number; bytes: number }>();
  private view: CoreView | null = null;
  private markets: readonly MarketId[] = [];
  private sampledMs = 0;
  /** Time of the sample before; null where nothing was recorded before. */
  private sampledTime: EpochMs | null = null;
  private unlisten: () => void = () => undefined;

  constructor(timeline: SessionTimeline, isRecording: () => boolean = () => true) {
    this.timeline = timeline;
    this.isRecording = isRecording;
    this.troubles = new TroubleMarks(timeline);
    this.moves = new LargeMoves(timeline);
  }

  /** To a core, or to the one that goes on where inputs of the former one are missing. */
  attach(view: CoreView, nowMs: number): void {
    this.unlisten();
    this.view = view;
    this.sampledMs = nowMs;
    this.sampledTime = null;
    const { connections, streams } = view.health();
    this.countSince(connections);
    this.markets = marketsOf(streams);
    this.troubles.resume(view.incidents(), view.gaps());
    this.unlisten = view.listen({
      onTrade: ignore,
      onClosedCandle: ignore,
      onGap: (gap) => this.troubles.onGap(gap),
      onIncident: (incident) => this.troubles.onIncident(incident),
      onDirty: ignore,
    });
  }

  /** Once a second. */
  beat(nowMs: number): void {
    const { view } = this;
    if (view === null) return;
    this.troubles.settle(nowMs, () => view.health().connections);
    for (const market of this.markets) this.moves.see(view.priceOf(market), view.time, nowMs);
    // Of the beats the one that is nearest to its time.
    if (nowMs - this.sampledMs + beatMs / 2 >= this.timeline.sampleMs) this.sample(view, nowMs);
  }

  stop(nowMs: number): void {
    const { view } = this;
    if (view === null) return;
    this.unlisten();
    this.view = null;
    if (nowMs > this.sampledMs) this.sample(view, nowMs);
    this.troubles.settle(nowMs, () => view.health().connections, true);
    this.moves.close();
  }

  private sample(view: CoreView, nowMs: number): void {
    const coversMs = this.coversMs(view.time, nowMs - this.sampledMs);
    this.sampledMs = nowMs;
    this.sampledTime = null;
    const { connections, streams } = view.health();
    const { messages, bytes } = this.countSince(connections);
    this.markets = marketsOf(streams);
    if (!this.isRecording() || view.sequence === 0) return;
    this.sampledTime = view.time;
    this.timeline.sample({
      ...{ time: view.time, coversMs, inputs: view.sequence, messages, bytes },
      venuesLive: venueIds.filter((venue) => isVenueLive(venue, connections)).length,
      prices: new Map(this.markets.map((market) => [market, validPrice(view, market)])),
    });
  }

  /** From the sample before to this one, without a hole: the time of a sample is that of its newest input. */
  private coversMs(time: EpochMs, elapsedMs: number): number {
    if (this.sampledTime === null) return elapsedMs;
    const sinceMs = time - this.sampledTime;
    return sinceMs >= 0 && Math.abs(sinceMs - elapsedMs) <= mostLagMs ? sinceMs : elapsedMs;
  }

  /** Counters of a connection that is gone and came again start over. */
  private countSince(connections: readonly ConnectionHealth[]): {
    readonly messages: number;
    readonly bytes: number;
  } {
    let messages = 0;
    let bytes = 0;
    for (const { connection, messages: all, bytes: allBytes } of connections) {
      const before = this.counters.get(connection) ?? { messages: 0, bytes: 0 };
      const isNew = all < before.messages;
      messages += isNew ? all : all - before.messages;
      bytes += isNew ? allBytes : allBytes - before.bytes;
      this.counters.set(connection, { messages: all, bytes: allBytes });
    }
    return { messages, bytes };
  }
}

function marketsOf(streams: FeedHealth['streams']): readonly MarketId[] {
  const markets = new Set<MarketId>();
  for (const { channel, instrument } of streams) {
    if (channel !== 'trade' && channel !== 'bbo') continue;
    const parts = parseInstrumentId(instrument);
    if (parts !== null) markets.add(parts.market);
  }
  return [...markets];
}

function validPrice(view: CoreView, market: MarketId): number | null {
  const { price, status } = view.priceOf(market);
  return status === 'live' || status === 'degraded' || status === 'single' ? price : null;
}

function isVenueLive(venue: VenueId, connections: readonly ConnectionHealth[]): boolean {
  const open = connections.filter((each) => each.venue === venue && each.status !== 'closed');
  return open.length > 0 && open.every(({ status }) => status === 'live');
}

function ignore(): void {
  return;
}
