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

interface Question {
  readonly hostname: string;
  readonly options: LookupOptions;
  readonly waiting: Set<LookupCallback>;
}

export interface BoundedLookupOptions {
  readonly lookup?: Lookup;
  readonly clock?: Pick<ClockPort, 'setTimer'>;
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
  const queue: Question[] = [];
  let asked = 0;

  function ask(question: Question): void {
    if (asked >= mostAtOnce) {
      queue.push(question);
      return;
    }
    asked += 1;
    let isOver = false;
    lookup(question.hostname, question.options, (error, address, family) => {
      if (isOver) return;
      isOver = true;
      asked -= 1;
      open.delete(keyOf(question.hostname, question.options));
      for (const callback of question.waiting) callback(error, address, family);
      const next = queue.shift();
      if (next !== undefined) ask(next);
    });
  }

  return (hostname, lookupOptions, callback) => {
    const key = keyOf(hostname, lookupOptions);
    const joined = open.get(key);
    const question = joined ?? { hostname, options: lookupOptions, waiting: new Set() };
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
      if (question.waiting.size > 0) return;
      const place = queue.indexOf(question);
      if (place < 0) return;
      queue.splice(place, 1);
      open.delete(key);
    });
    if (joined !== undefined) return;
    open.set(key, question);
    ask(question);
  };
}

function noAddress(options: LookupOptions): string | LookupAddress[] {
  return options.all === true ? [] : '';
}

function keyOf(hostname: string, { family, hints, all }: LookupOptions): string {
  return `${hostname} ${String(family ?? 0)} ${hints ?? 0} ${all === true ? 'all' : 'first'}`;
}
