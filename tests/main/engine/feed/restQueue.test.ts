import { expect, test } from 'vitest';
import { Deadlines } from '../../../../src/main/engine/deadlines.ts';
import type { FeedContext } from '../../../../src/main/engine/feed/feedContext.ts';
import type {
  RestOutcome,
  RestPurpose,
  RestTask,
} from '../../../../src/main/engine/feed/restQueue.ts';
import { RestQueue } from '../../../../src/main/engine/feed/restQueue.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import { throughJson } from '../../../support/throughJson.ts';

interface Asked {
  readonly id: number;
  readonly at: number;
  readonly path: string;
}

/** A queue whose answers the test gives, on a clock that it moves. */
class Desk {
  queue = new RestQueue(createVenue('binance'));
  readonly asked: Asked[] = [];
  /** Ends of whole calls, as their askers hear of them. */
  readonly told: string[] = [];
  /** Answers to whatever is asked; null: the test answers by hand. */
  answer: RestOutcome | null = null;
  private readonly time = { receivedTime: 0, monotonicMs: 0 };
  private readonly deadlines = new Deadlines();
  private restId = 0;
  readonly context: FeedContext;

  constructor() {
    const { time, deadlines } = this;
    this.context = {
      get nowMs() {
        return time.monotonicMs;
      },
      get time() {
        return time.monotonicMs;
      },
      inputTime: time,
      deadlines,
      emit: (effect) => {
        if (effect.type !== 'fetch') return;
        const { requestId: id, request } = effect;
        this.asked.push({ id, at: time.monotonicMs, path: request.path });
      },
      report: () => undefined,
      log: () => undefined,
      nextRequestId: () => '',
      nextRestId: () => {
        this.restId += 1;
        return this.restId;
      },
    };
  }

  ask(
    path: string,
    purpose: RestPurpose = {
      type: 'trades',
      instrument: 'binance:BTC-USDT',
      gapId: 1,
      attempt: 1,
    },
  ): void {
    this.queue.add(purpose, { path, weight: 1 }, this.context);
    this.reply();
  }

  /** What the core does with an answer. */
  end(id: number, outcome: RestOutcome): void {
    const task = this.queue.take(id, this.context);
    if (task !== null) this.conclude(task, outcome);
  }

  passTo(untilMs: number): void {
    const { time, deadlines } = this;
    for (let now = time.monotonicMs; now <= untilMs; now += 50) {
      time.monotonicMs = now;
      for (let due = deadlines.takeDue(now); due !== null; due = deadlines.takeDue(now)) {
        if (due.kind === 'restResume') this.queue.dispatch(this.context);
        else if (due.kind === 'rest') this.end(Number(due.subject), 'failed');
      }
      this.reply();
    }
    time.monotonicMs = untilMs;
  }

  /** From what a checkpoint would hold. */
  restart(): void {
    const saved = throughJson(this.queue.save());
    this.queue = new RestQueue(createVenue('binance'));
    this.queue.restore(saved);
  }

  get timesAsked(): readonly number[] {
    return this.asked.map(({ at }) => at);
  }

  private readonly answered = new Set<number>();

  private reply(): void {
    for (const { id } of [...this.asked]) {
      if (this.answer === null || this.answered.has(id)) continue;
      this.answered.add(id);
      this.end(id, this.answer);
    }
  }

  private conclude(task: RestTask, outcome: RestOutcome): void {
    if (this.queue.conclude(task, outcome, this.context)) {
      this.told.push(`${this.context.nowMs} ${task.request.path} ${outcome}`);
    }
    this.queue.dispatch(this.context);
  }
}

test('a call is tried three times, after one second and after two, and then its asker is told [S4-17]', () => {
  const desk = new Desk();
  desk.answer = 'failed';
  desk.ask('/a');
  desk.passTo(10_000);
  expect(desk.timesAsked).toEqual([0, 1_000, 3_000]);
  expect(desk.told).toEqual(['3000 /a failed']);
});

test('a second try that succeeds is the whole of the call; what the venue refuses is not asked again', () => {
  const desk = new Desk();
  desk.ask('/a');
  desk.end(1, 'failed');
  desk.answer = 'answered';
  desk.passTo(5_000);
  expect([desk.timesAsked, desk.told]).toEqual([[0, 1_000], ['1000 /a answered']]);
  desk.answer = 'refused';
  desk.ask('/b');
  desk.passTo(10_000);
  expect(desk.told.at(-1)).toBe('5000 /b refused');
  expect(desk.asked.length).toBe(3);
});

test('a probe and the time of the venue are worth nothing late: tried once', () => {
  const desk = new Desk();
  desk.answer = 'failed';
  desk.ask('/probe', { type: 'probe', stream: 's' });
  desk.ask('/time', { type: 'serverTime' });
  desk.passTo(5_000);
  expect(desk.told).toEqual(['0 /probe failed', '0 /time failed']);
});

/** Calls one after the other until the circuit opens; returns their number. */
function failUntilOpen(desk: Desk): number {
  desk.answer = 'failed';
  let calls = 0;
  while (desk.queue.circuit(desk.context.nowMs) === 'closed' && calls < 20) {
    calls += 1;
    desk.ask(`/${calls}`);
    desk.passTo(desk.context.nowMs + 3_500);
  }
  return calls;
}

test('five calls that fail in a row open the circuit for a minute, then one probe decides [S4-15]', () => {
  const desk = new Desk();
  expect(failUntilOpen(desk)).toBe(5);
  expect(desk.asked.length).toBe(15);
  const openedMs = 14_000 + 3_000;
  expect(desk.queue.restsUntil(desk.context.nowMs)).toEqual({
    untilMs: openedMs + 60_000,
    cause: 'circuit',
  });
  for (const path of ['/x', '/y', '/z']) desk.ask(path);
  desk.passTo(openedMs + 59_900);
  expect(desk.asked.length).toBe(15);
  desk.answer = null;
  desk.passTo(openedMs + 60_000);
  expect(desk.queue.circuit(desk.context.nowMs)).toBe('half-open');
  expect(desk.asked.slice(15).map(({ path }) => path)).toEqual(['/x']);
  desk.passTo(openedMs + 70_000);
  expect(desk.asked.length).toBe(16);
  // The probe fails: open for another minute; it was one try.
  desk.end(desk.asked.at(-1)?.id ?? 0, 'failed');
  expect(desk.told.at(-1)).toBe(`${openedMs + 70_000} /x failed`);
  desk.passTo(openedMs + 129_900);
  expect(desk.asked.length).toBe(16);
  desk.answer = 'answered';
  desk.passTo(openedMs + 130_100);
  // Nothing that waited was dropped.
  expect(desk.asked.slice(16).map(({ path }) => path)).toEqual(['/y', '/z']);
  expect(desk.queue.circuit(desk.context.nowMs)).toBe('closed');
});

test('a success in between starts the count over; calls side by side count once [S4-15]', () => {
  const desk = new Desk();
  desk.answer = 'failed';
  for (let call = 0; call < 4; call += 1) {
    desk.ask(`/${call}`);
    desk.passTo(desk.context.nowMs + 3_500);
  }
  desk.answer = 'answered';
  desk.ask('/good');
  expect(failUntilOpen(desk)).toBe(5);

  const crowd = new Desk();
  crowd.answer = 'failed';
  for (let call = 0; call < 12; call += 1) crowd.ask(`/${call}`);
  crowd.passTo(4_000);
  expect(crowd.told.length).toBe(12);
  expect(crowd.queue.circuit(crowd.context.nowMs)).toBe('closed');
});

test('an answer of somebody else opens the circuit at once; a sign of the venue lets the next call decide', () => {
  const desk = new Desk();
  desk.answer = 'foreign';
  desk.ask('/a');
  expect([desk.queue.circuit(0), desk.told]).toEqual(['open', ['0 /a foreign']]);
  desk.answer = 'answered';
  desk.ask('/b');
  expect(desk.asked.length).toBe(1);
  desk.passTo(1_000);
  desk.queue.tryNow(desk.context);
  desk.passTo(1_050);
  expect(desk.told.at(-1)).toBe('1000 /b answered');
  expect(desk.queue.circuit(1_050)).toBe('closed');
});

test('right after a sign of the venue a failed question is asked again in five seconds, later in a minute', () => {
  const desk = new Desk();
  failUntilOpen(desk);
  const from = desk.context.nowMs;
  desk.queue.tryNow(desk.context);
  desk.answer = null;
  desk.ask('/probe-1');
  const hanging = desk.asked.at(-1)?.id ?? 0;
  // The next sign does not wait for a question that was asked before it, nor does that one's failure count.
  desk.passTo(from + 4_000);
  desk.queue.tryNow(desk.context);
  desk.ask('/probe-2');
  expect(desk.asked.at(-1)?.path).toBe('/probe-2');
  desk.end(hanging, 'failed');
  expect(desk.queue.circuit(desk.context.nowMs)).toBe('half-open');
  desk.end(desk.asked.at(-1)?.id ?? 0, 'failed');
  expect(desk.queue.restsUntil(desk.context.nowMs)?.untilMs).toBe(from + 9_000);
  desk.ask('/probe-3');
  desk.passTo(from + 36_000);
  expect(desk.asked.at(-1)).toMatchObject({ path: '/probe-3', at: from + 9_000 });
  desk.end(desk.asked.at(-1)?.id ?? 0, 'failed');
  expect(desk.queue.restsUntil(desk.context.nowMs)?.untilMs).toBe(desk.context.nowMs + 60_000);
});

test('while the venue rests probes are answered at once with nothing, all else waits', () => {
  const desk = new Desk();
  for (let call = 0; call < 12; call += 1) desk.ask(`/${call}`);
  desk.ask('/probe', { type: 'probe', stream: 's' });
  expect(desk.asked.length).toBe(12);
  desk.queue.freeze(20_000, 'rate-limited', desk.context);
  desk.passTo(100);
  expect(desk.told).toEqual(['0 /probe failed']);
  expect(desk.queue.restsUntil(100)).toEqual({ untilMs: 20_000, cause: 'rate-limited' });
  for (let id = 1; id <= 12; id += 1) desk.end(id, 'answered');
  desk.ask('/late');
  desk.passTo(19_950);
  expect(desk.asked.length).toBe(12);
  desk.passTo(20_000);
  expect(desk.asked.at(-1)).toMatchObject({ path: '/late', at: 20_000 });
});

test('a book asked for anew replaces the question that has not gone out, also one that waits for its retry', () => {
  const desk = new Desk();
  const book = (epoch: number): RestPurpose => ({
    type: 'bookSnapshot',
    instrument: 'binance:BTC-USDT',
    epoch,
  });
  desk.ask('/depth?1', book(1));
  desk.end(1, 'failed');
  desk.ask('/depth?2', book(2));
  desk.answer = 'answered';
  desk.passTo(5_000);
  expect(desk.asked.map(({ path }) => path)).toEqual(['/depth?1', '/depth?2']);
  expect(desk.queue.length).toBe(0);
});

test('retries and the open circuit are in a checkpoint', () => {
  const desk = new Desk();
  desk.ask('/a');
  desk.end(1, 'failed');
  desk.restart();
  desk.answer = 'failed';
  desk.passTo(3_000);
  expect(desk.timesAsked).toEqual([0, 1_000, 3_000]);
  failUntilOpen(desk);
  const rest = desk.queue.restsUntil(desk.context.nowMs);
  desk.restart();
  expect(desk.queue.restsUntil(desk.context.nowMs)).toEqual(rest);
  expect(rest?.cause).toBe('circuit');
});
