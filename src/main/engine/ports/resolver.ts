import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { ClockPort } from './clock.ts';
import { systemClock } from './clock.ts';

/** What sockets and requests ask for an address; injected, so that a bad resolver can be played. */
export type Lookup = LookupFunction;

type LookupCallback = Parameters<LookupFunction>[2];

/** Half of the handshake's limit: a resolver that hangs never outlives the attempt that asked it. */
const answerLimitMs = 5_000;
/**
 * The system's resolver blocks one of four threads for each question, files are written by the same four: one stays free
 * however long it hangs, and one venue's two hosts leave one for the others.
 */
const mostAtOnce = 3;
/** A question that hangs longer than any resolver tries is lost: its name is asked for anew. */
const lostAfterMs = 30_000;

interface Question {
  readonly hostname: string;
  readonly options: LookupOptions;
  readonly waiting: Set<LookupCallback>;
  /** Monotonic; null while it waits for its turn. */
  askedMs: number | null;
}

export interface BoundedLookupOptions {
  readonly lookup?: Lookup;
  readonly clock?: Pick<ClockPort, 'setTimer' | 'monotonicMs'>;
  readonly limitMs?: number;
}

/** The resolver did not answer in time; what it says later is not waited for. */
export class LookupTimeoutError extends Error {
  override readonly name = 'LookupTimeoutError';
  readonly code = 'ETIMEOUT';
}

/**
 * A lookup that always answers within its limit. A name that is being asked for is not asked for again, and nothing is kept:
 * an address that was wrong once is looked up anew by the next attempt.
 */
export function createBoundedLookup(options: BoundedLookupOptions = {}): Lookup {
  const { lookup = systemLookup, clock = systemClock, limitMs = answerLimitMs } = options;
  const open = new Map<string, Question>();

  function askNext(): void {
    const questions = [...open.values()];
    let free = mostAtOnce - questions.filter(({ askedMs }) => askedMs !== null).length;
    for (const question of questions) {
      if (free <= 0) return;
      if (question.askedMs !== null) continue;
      free -= 1;
      ask(question);
    }
  }

  function ask(question: Question): void {
    const { hostname, options: asked } = question;
    question.askedMs = clock.monotonicMs();
    lookup(hostname, asked, (error, address, family) => {
      if (!forget(question)) return;
      for (const callback of question.waiting) callback(error, address, family);
      askNext();
    });
  }

  function forget(question: Question): boolean {
    const key = keyOf(question.hostname, question.options);
    return open.get(key) === question && open.delete(key);
  }

  function forgetLost(): void {
    const now = clock.monotonicMs();
    for (const question of open.values()) {
      if (question.askedMs !== null && now - question.askedMs >= lostAfterMs) forget(question);
    }
  }

  return (hostname, lookupOptions, callback) => {
    forgetLost();
    const key = keyOf(hostname, lookupOptions);
    const question = open.get(key) ?? {
      hostname,
      options: lookupOptions,
      waiting: new Set(),
      askedMs: null,
    };
    open.set(key, question);
    let cancelTimer: () => void = () => undefined;
    const answer: LookupCallback = (error, address, family) => {
      if (!question.waiting.delete(answer)) return;
      cancelTimer();
      callback(error, address, family);
    };
    question.waiting.add(answer);
    cancelTimer = clock.setTimer(limitMs, () => {
      const text = `${hostname}: the resolver did not answer within ${limitMs} ms`;
      answer(new LookupTimeoutError(text), noAddress(lookupOptions));
      if (question.waiting.size === 0 && question.askedMs === null) forget(question);
    });
    askNext();
  };
}

function noAddress(options: LookupOptions): string | LookupAddress[] {
  return options.all === true ? [] : '';
}

function keyOf(hostname: string, { family, hints, all }: LookupOptions): string {
  return `${hostname} ${String(family ?? 0)} ${hints ?? 0} ${all === true ? 'all' : 'first'}`;
}
