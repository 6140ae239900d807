import type { FeedContext } from './feedContext.ts';
import type { Connection } from './connection.ts';
import { errorOfSilence } from './feedErrors.ts';
import type { Stream } from './stream.ts';

const secondChanceMs = 3_000;
const quietCapMs = 60_000;
const unansweredReplaceMs = 60_000;
const socketSilentMs = 1_000;
const doubtMs = 1_000;

/** After this many periods of its schedule, a stream that repeats itself has lost messages, whatever the venue says. */
const provenPeriods = 2.5;

/** `unclear`: another state, but not one that is surely newer than ours; twice in a row counts as changed. */
export type ProbeVerdict = 'unchanged' | 'changed' | 'unclear' | 'unanswered';

/** What the watch needs of the venue's feed. */
export interface SilenceOwner {
  connectionOf(stream: Stream): Connection | null;
  streamsOf(connection: Connection): readonly Stream[];
  /** False: nobody is there to be asked, silence is only marked. */
  readonly canAsk: boolean;
  /** Asks the venue by REST whether something happened; false when that is not possible now. */
  probe(stream: Stream, context: FeedContext): boolean;
  onStreamChange(stream: Stream, context: FeedContext): void;
  /** Proven or presumed loss: what came by this stream since its last message is missing. */
  onStalled(stream: Stream, context: FeedContext): void;
}

/**
 * Asks why a stream is silent: at its limit it is stale and probed; unchanged makes it quiet, anything else costs a
 * resubscription, and a second silence the whole socket.
 */
export class SilenceJudge {
  private readonly owner: SilenceOwner;
  /** Last socket that was replaced without proof, because nobody answered; monotonic ms by connection. */
  private readonly replacedMs = new Map<string, number>();

  constructor(owner: SilenceOwner) {
    this.owner = owner;
  }

  /** Starts (again) to count silence, e.g. when the topic was confirmed. */
  watch(stream: Stream, context: FeedContext): void {
    stream.watch.begin(context.nowMs);
    this.arm(stream, context.nowMs + stream.watch.limitMs(), context);
  }

  onDue(stream: Stream, context: FeedContext): void {
    const connection = this.owner.connectionOf(stream);
    if (connection?.active?.openedMs === undefined || connection.active.openedMs === null) return;
    if (stream.stage === 'asked' || stream.status === 'failed') return;
    const dueMs = Math.max(stream.watch.lastMs + this.patienceMs(stream), stream.nextCheckMs);
    if (dueMs > context.nowMs) {
      this.arm(stream, dueMs, context);
      return;
    }
    if (stream.stage === 'resubscribed') {
      this.replace(stream, connection, 'silent after a resubscription', context);
      return;
    }
    const silentMs = context.nowMs - stream.watch.lastMs;
    if (stream.status !== 'quiet') {
      const next = this.owner.canAsk ? 'asking the venue' : 'the recording has none';
      const note = `No message for ${(silentMs / 1000).toFixed(1)} s: ${next}.`;
      if (stream.become('stale', note, context)) this.owner.onStreamChange(stream, context);
    }
    if (!this.owner.canAsk) {
      this.arm(stream, context.nowMs + quietCapMs, context);
      return;
    }
    if (context.nowMs >= provenMs(stream)) {
      this.recover(stream, connection, context);
      return;
    }
    if (this.isSocketProbed(connection, context.nowMs)) {
      this.arm(stream, context.nowMs + socketSilentMs, context);
      return;
    }
    stream.stage = 'asked';
    if (!this.owner.probe(stream, context)) this.onVerdict(stream, 'unanswered', context);
  }

  onVerdict(stream: Stream, verdict: ProbeVerdict, context: FeedContext): void {
    if (stream.stage !== 'asked') return;
    const connection = this.owner.connectionOf(stream);
    stream.stage = 'watching';
    if (connection?.active?.openedMs === undefined || connection.active.openedMs === null) return;
    if (verdict === 'unchanged') {
      stream.quietChecks += 1;
      stream.doubted = false;
      if (stream.become('quiet', 'Nothing happens in this market.', context)) {
        this.owner.onStreamChange(stream, context);
      }
      const pauseMs = stream.watch.limitMs() * 2 ** Math.min(10, stream.quietChecks);
      const checkMs = context.nowMs + Math.min(quietCapMs, pauseMs);
      stream.nextCheckMs = Math.max(context.nowMs, Math.min(checkMs, provenMs(stream)));
      this.arm(stream, stream.nextCheckMs, context);
      return;
    }
    if (verdict === 'unclear' && !stream.doubted) {
      stream.doubted = true;
      const note = 'No message, and the venue shows another state: asking again.';
      if (stream.become('stale', note, context)) this.owner.onStreamChange(stream, context);
      stream.nextCheckMs = context.nowMs + doubtMs;
      this.arm(stream, stream.nextCheckMs, context);
      return;
    }
    if (verdict === 'unanswered' && !this.mayReplace(connection, context)) {
      const note = 'No message, and the venue does not answer whether any was missed.';
      if (stream.become('stale', note, context)) this.owner.onStreamChange(stream, context);
      stream.nextCheckMs = context.nowMs + quietCapMs;
      this.arm(stream, stream.nextCheckMs, context);
      return;
    }
    this.recover(stream, connection, context);
  }

  save(): readonly (readonly [string, number])[] {
    return [...this.replacedMs];
  }

  restore(saved: readonly (readonly [string, number])[]): void {
    this.replacedMs.clear();
    for (const [connection, ms] of saved) this.replacedMs.set(connection, ms);
  }

  /** One resubscription for a silent topic on a socket that flows, another socket for a silent one. */
  private recover(stream: Stream, connection: Connection, context: FeedContext): void {
    this.owner.onStalled(stream, context);
    const lastFrameMs = connection.active?.lastFrameMs ?? Number.NEGATIVE_INFINITY;
    if (context.nowMs - lastFrameMs >= socketSilentMs) {
      connection.replace(
        'silent socket',
        errorOfSilence(connection.venue.id, connection.name, 'the whole socket is silent'),
        context,
      );
      return;
    }
    stream.stage = 'resubscribed';
    if (stream.become('stale', 'Missed messages: subscribing again.', context)) {
      this.owner.onStreamChange(stream, context);
    }
    connection.resubscribe(stream.definition.topic, context);
    stream.watch.begin(context.nowMs);
    this.arm(stream, context.nowMs + this.patienceMs(stream), context);
  }

  private patienceMs(stream: Stream): number {
    const limitMs = stream.watch.limitMs();
    return stream.stage === 'resubscribed' ? Math.max(secondChanceMs, limitMs) : limitMs;
  }

  /** A silent socket is asked about once, not once per stream. */
  private isSocketProbed(connection: Connection, nowMs: number): boolean {
    if (nowMs - (connection.active?.lastFrameMs ?? nowMs) < socketSilentMs) return false;
    return this.owner.streamsOf(connection).some((stream) => stream.stage === 'asked');
  }

  private mayReplace(connection: Connection, context: FeedContext): boolean {
    const last = this.replacedMs.get(connection.name) ?? Number.NEGATIVE_INFINITY;
    if (context.nowMs - last < unansweredReplaceMs) return false;
    this.replacedMs.set(connection.name, context.nowMs);
    return true;
  }

  private replace(
    stream: Stream,
    connection: Connection,
    reason: string,
    context: FeedContext,
  ): void {
    const { venue, topic } = stream.definition;
    const detail = `${topic}: ${reason}`;
    connection.replace(reason, errorOfSilence(venue, connection.name, detail), context);
  }

  private arm(stream: Stream, due: number, context: FeedContext): void {
    context.deadlines.set('silence', stream.definition.venue, stream.definition.id, due);
  }
}

function provenMs({ definition, watch }: Stream): number {
  const { scheduleMs } = definition;
  return scheduleMs === null ? Number.POSITIVE_INFINITY : watch.lastMs + provenPeriods * scheduleMs;
}
