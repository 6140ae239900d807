import type {
  ConnectionStatus,
  FeedHealth,
  GapRecord,
  StreamHealth,
  StreamStatus,
} from '../../shared/feedHealth.ts';
import { isStarting, streamStatusOrder } from '../../shared/feedHealth.ts';
import type { EpochMs } from '../../shared/market.ts';
import type { MarketStore } from '../store/marketStore.ts';
import type { RibbonSpan, RibbonState } from '../widgets/drawRibbon.ts';
import { gapSpans, ribbonWindowMs } from '../widgets/drawRibbon.ts';

const spansPerKey = 200;

interface Track {
  /** Nothing is known of the time before. */
  readonly knownFrom: EpochMs;
  spans: RibbonSpan[];
}

function streamState(status: StreamStatus): RibbonState | null {
  switch (status) {
    case 'live':
    case 'quiet':
      return null;
    case 'subscribing':
    case 'failed':
      return 'disconnected';
    case 'stale':
    case 'resyncing':
      return status;
    default:
      return status satisfies never;
  }
}

function connectionState(status: ConnectionStatus): RibbonState | null {
  return status === 'live' || status === 'subscribing' ? null : 'disconnected';
}

/** What the engine knows of the past, for a page that was not there. */
export interface KnownPast {
  readonly gaps: readonly GapRecord[];
  /** Of its incidents. */
  readonly spans: readonly RibbonSpan[];
  /** Before it the engine itself saw nothing; null while the page has not heard since when. */
  readonly watchedSince: EpochMs | null;
}

/** The last hour of every connection and stream: the engine's incidents and gaps, and what this page saw beside them. */
export class HealthHistory {
  readonly #trackByKey = new Map<string, Track>();
  #blind: readonly RibbonSpan[] = [];

  observe(health: FeedHealth): void {
    for (const { connection, status, since } of health.connections) {
      const key = `connection ${connection}`;
      if (status === 'closed' || status === 'reconnecting') this.#track(key, since, health.time);
      this.#note(key, connectionState(status), since, health.time);
    }
    for (const [key, { status, since }] of worstByKey(health.streams)) {
      this.#note(key, streamState(status), since, health.time);
    }
  }

  /** While the page had no host it saw nothing: that time is cut off now and unknown afterwards. */
  observeLink(open: boolean, since: EpochMs): void {
    const last = this.#blind.at(-1);
    if (last !== undefined && last.to === null) {
      if (!open) return;
      const seen: RibbonSpan = { from: last.from, to: since, state: 'unknown' };
      this.#blind = [...this.#blind.slice(0, -1), seen];
    } else if (!open) {
      this.#blind = [
        ...this.#blind,
        { from: since, to: null, state: 'disconnected' as const },
      ].slice(-spansPerKey);
    }
  }

  #track(key: string, since: EpochMs, now: EpochMs): Track {
    const held = this.#trackByKey.get(key);
    if (held !== undefined) return held;
    const track: Track = { knownFrom: Math.min(since, now), spans: [] };
    this.#trackByKey.set(key, track);
    return track;
  }

  #note(key: string, state: RibbonState | null, since: EpochMs, now: EpochMs): void {
    // What has never been well yet is starting, not broken.
    if (state === 'disconnected' && !this.#trackByKey.has(key)) return;
    const track = this.#track(key, since, now);
    const open = track.spans.at(-1);
    if (open !== undefined && open.to === null) {
      if (open.state === state) return;
      track.spans[track.spans.length - 1] = { ...open, to: Math.max(open.from, since) };
    }
    if (state === null) return;
    const kept = track.spans.filter((span) => (span.to ?? now) > now - ribbonWindowMs);
    track.spans = [...kept, { from: since, to: null, state }].slice(-spansPerKey);
  }

  /** Spans of one key over the hour before `now`, the unknown time before the first sight of it in front. */
  spans(key: string, past: KnownPast, now: EpochMs): readonly RibbonSpan[] {
    const track = this.#trackByKey.get(key);
    const ofGaps = gapSpans(past.gaps, now);
    const start = now - ribbonWindowMs;
    const firstOf = (spans: readonly RibbonSpan[]) =>
      spans.reduce((first, span) => Math.min(first, span.from), Number.POSITIVE_INFINITY);
    const knownFrom = Math.min(
      track?.knownFrom ?? now,
      past.watchedSince ?? now,
      firstOf(ofGaps),
      firstOf(past.spans),
    );
    const unknown: readonly RibbonSpan[] =
      knownFrom > start ? [{ from: start, to: knownFrom, state: 'unknown' }] : [];
    const seen = (track?.spans ?? []).filter((span) => !isCovered(span, past.spans, now));
    return [...unknown, ...this.#blindTo(past, now), ...seen, ...past.spans, ...ofGaps];
  }

  /** What the page missed is known again as soon as the engine tells its incidents. */
  #blindTo(past: KnownPast, now: EpochMs): readonly RibbonSpan[] {
    return this.#blind
      .filter(
        (span) => span.to === null || past.watchedSince === null || past.watchedSince > span.from,
      )
      .filter((span) => (span.to ?? now) > now - ribbonWindowMs);
  }
}

/** Candles of several intervals are one line. One that was just asked for has not lost anything. */
function worstByKey(streams: readonly StreamHealth[]): ReadonlyMap<string, StreamHealth> {
  const worst = new Map<string, StreamHealth>();
  const rank = ({ status }: StreamHealth) => streamStatusOrder.indexOf(status);
  for (const stream of streams) {
    if (isStarting(stream)) continue;
    const key = streamKey(stream.instrument, stream.channel);
    const other = worst.get(key);
    if (other === undefined || rank(stream) > rank(other)) worst.set(key, stream);
  }
  return worst;
}

/** The engine tells the same trouble with its cause, and its beginning and end more exactly. */
function isCovered(span: RibbonSpan, told: readonly RibbonSpan[], now: EpochMs): boolean {
  return told.some(
    (other) =>
      other.state === span.state &&
      other.from <= (span.to ?? now) &&
      (other.to ?? now) >= span.from,
  );
}

export function streamKey(instrument: string, channel: string): string {
  return `stream ${instrument} ${channel}`;
}

interface Kept {
  readonly source: string;
  readonly generation: number;
  readonly history: HealthHistory;
}

const keptByStore = new WeakMap<MarketStore, Kept>();

/** One history per engine: a switch starts a new one, and so does a replay that jumped. */
export function healthHistory(store: MarketStore): HealthHistory {
  const { source: told, generation } = store.windowState.getState();
  const source = told ?? 'none';
  const kept = keptByStore.get(store);
  if (kept?.source === source && kept.generation === generation) return kept.history;
  const history = new HealthHistory();
  keptByStore.set(store, { source, generation, history });
  return history;
}

/** Starts watching; runs as long as the window does, whether or not a health panel is open. */
export function watchHealth(store: MarketStore): () => void {
  const stopTopic = store.subscribeTopic({ topic: 'health' }, () => {
    const health = store.health();
    if (health !== null) healthHistory(store).observe(health);
  });
  const stopLink = store.windowState.subscribe((next, before) => {
    if (next.link.status === before.link.status || next.hello === null) return;
    healthHistory(store).observeLink(next.link.status === 'open', store.hostNow());
  });
  return () => {
    stopTopic();
    stopLink();
  };
}
