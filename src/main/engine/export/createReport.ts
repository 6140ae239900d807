import type { SessionMetrics } from '../../../shared/sessionMetrics.ts';
import type { CoreView } from '../coreView.ts';
import { computeSessionMetrics } from '../health/sessionMetrics.ts';
import { systemClock } from '../ports/clock.ts';
import { readLosses } from '../recording/recordedLosses.ts';
import { RecordingReader } from '../recording/recordingReader.ts';
import { ExportError } from './exportError.ts';
import type { ExportOptions } from './exportOptions.ts';
import { playRecording } from './playRecording.ts';
import { readTimeline } from './readTimeline.ts';
import type { ReportedMarket } from './writeReport.ts';
import { writeReport } from './writeReport.ts';

const buckets = 120;
const mostMarkets = 4;

/** The page of one session: its figures from its last state, its course from the timeline beside it. */
export async function createReport(options: ExportOptions): Promise<string> {
  const { session, request, files, appVersion, signal } = options;
  const reader = await RecordingReader.open(session.segments.map(({ path }) => path));
  const startTime = Math.max(session.startTime, request.from ?? 0);
  const endTime = Math.min(
    request.to ?? Number.POSITIVE_INFINITY,
    (await reader.lastTime()) ?? session.startTime,
  );
  if (endTime <= startTime)
    throw new ExportError('Nothing was recorded in the time of the report.');
  const view = await lastState(options, reader, endTime);
  const metrics = computeSessionMetrics(view, `replay:${session.id}`, session.startTime);
  const losses = await readLosses(session);
  const timeline = await readTimeline(session, losses, files, signal);
  const range = { startTime, endTime };
  const markets = marketsOf(metrics, view, request.markets).map((market): ReportedMarket => ({
    market,
    timeline: timeline.timeline(market, buckets, range),
  }));
  const marks = timeline.marks().filter(({ time }) => time >= startTime && time <= endTime);
  return writeReport(metrics, markets, marks, {
    ...{ id: session.id, name: session.name, source: session.source },
    ...{ startTime, endTime, appVersion, madeTime: systemClock.wallMs() },
    isTimelineWhole: timeline.isComplete,
    damages: reader.damages.length,
    losses: losses.filter(({ from, to }) => from <= endTime && to >= startTime),
  });
}

async function lastState(
  { signal, request }: ExportOptions,
  reader: RecordingReader,
  endTime: number,
): Promise<CoreView> {
  let view: CoreView | null = null;
  const witness = {
    onCore: (next: CoreView) => void (view = next),
    pressure: () => null,
    onTurn: () => undefined,
  };
  const to = request.to ?? Number.POSITIVE_INFINITY;
  const range = { start: endTime, from: Number.NEGATIVE_INFINITY, to };
  await playRecording(reader, range, witness, signal);
  if (view === null) throw new ExportError('The recording has no state that can be read.');
  return view;
}

/** Those asked for, else those of which most was heard. */
function marketsOf(
  { streams }: SessionMetrics,
  view: CoreView,
  wanted: readonly string[],
): readonly string[] {
  if (wanted.length > 0) return wanted.slice(0, mostMarkets);
  const messages = new Map<string, number>();
  for (const stream of streams) {
    const market = view.instrument(stream.instrument)?.market;
    if (market !== undefined) messages.set(market, (messages.get(market) ?? 0) + stream.messages);
  }
  const ranked = [...messages].sort(([, a], [, b]) => b - a);
  return ranked.slice(0, mostMarkets).map(([market]) => market);
}
