import { expect, test } from 'vitest';
import { Deadlines } from '../../../../src/main/engine/deadlines.ts';
import type { Connection } from '../../../../src/main/engine/feed/connection.ts';
import type { FeedContext } from '../../../../src/main/engine/feed/feedContext.ts';
import { SilenceJudge } from '../../../../src/main/engine/feed/silence.ts';
import { Stream } from '../../../../src/main/engine/feed/stream.ts';

function contextAt(nowMs: number): FeedContext {
  return {
    nowMs,
    time: nowMs,
    inputTime: { receivedTime: nowMs, monotonicMs: nowMs },
    deadlines: new Deadlines(),
    emit: () => undefined,
    report: () => undefined,
    log: () => undefined,
    nextRequestId: () => '1',
    nextRestId: () => 1,
  };
}

function streamOf(instrument: 'okx:BTC-USDT' | 'okx:ETH-USDT'): Stream {
  const key = { instrument, channel: 'trade', interval: null } as const;
  const topic = `trades ${instrument}`;
  const definition = { id: topic, key, venue: 'okx', topic, connection: 'okx#1' } as const;
  return new Stream({ ...definition, scheduleMs: null }, 0);
}

/** A connection that flows, so that silence is of the topic and not of the socket. */
function flowingConnection(lastFrameMs: () => number): Connection {
  const active = {
    openedMs: 0,
    get lastFrameMs() {
      return lastFrameMs();
    },
  };
  const connection = { name: 'okx#1', active, resubscribe: () => undefined };
  return connection as unknown as Connection;
}

function judgeOf(connection: Connection): SilenceJudge {
  return new SilenceJudge({
    connectionOf: () => connection,
    streamsOf: () => [],
    canAsk: true,
    probe: () => true,
    onStreamChange: () => undefined,
    onStalled: () => undefined,
  });
}

test('a silent stream is stale from its limit on, while the venue is still being asked', () => {
  const judge = judgeOf(flowingConnection(() => 10_000));
  const stream = streamOf('okx:BTC-USDT');
  stream.become('live', null, contextAt(0));
  judge.onDue(stream, contextAt(10_000));
  expect([stream.stage, stream.status, stream.note]).toEqual([
    'asked',
    'stale',
    'No message for 10.0 s: asking the venue.',
  ]);
});

test('a quiet stream is stale again once the venue no longer answers', () => {
  let nowMs = 0;
  const judge = judgeOf(flowingConnection(() => nowMs));
  const [first, second] = [streamOf('okx:BTC-USDT'), streamOf('okx:ETH-USDT')];
  const ask = (stream: Stream, verdict: 'unchanged' | 'unanswered') => {
    judge.onDue(stream, contextAt(nowMs));
    judge.onVerdict(stream, verdict, contextAt(nowMs));
  };
  nowMs = 10_000;
  ask(first, 'unchanged');
  ask(second, 'unchanged');
  expect([first.status, second.status]).toEqual(['quiet', 'quiet']);
  nowMs = 70_000;
  ask(first, 'unanswered');
  ask(second, 'unanswered');
  expect([first.status, second.status]).toEqual(['stale', 'stale']);
  expect(second.note).toMatch('does not answer');
});
