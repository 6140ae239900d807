import type { ClientConnection, ClientsReport } from '../../../shared/gateway/clientsReport.ts';
import { parseClientsReport } from '../../../shared/gateway/clientsReport.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import { readRefusal } from '../../bridge/gatewayLogin.ts';

/** Each second while the panel is seen. */
export const pollMs = 1_000;
/** Longer, and the question is given up. */
const answerLimitMs = 4_000;
/** Without an answer for so long, figures are old. */
const staleMs = 2_500;
/** Over a longer time than this between two answers a rate would not be one of now. */
const longestRateMs = 10_000;

/** A report, and what only two of them can tell. */
export interface ClientsReading {
  readonly report: ClientsReport;
  /** Null: there was no answer shortly before, or the gateway was started anew. */
  readonly recordsPerSec: number | null;
  readonly recordsPerSecById: ReadonlyMap<string, number>;
}

export interface ClientsView {
  /** Null: nothing has been heard yet. */
  readonly reading: ClientsReading | null;
  readonly ageMs: number;
  /** Why there is no answer. Null: there was one, or none was due. */
  readonly problem: string | null;
  readonly isStale: boolean;
}

export interface ClientsFeedOptions {
  readonly ask: (signal: AbortSignal) => Promise<Response>;
  readonly now: () => number;
  /** Returns its cancel. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

const pageOptions: ClientsFeedOptions = {
  ask: (signal) => fetch(apiPaths.clients, { cache: 'no-store', signal }),
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

type Answer =
  | { readonly ok: true; readonly report: ClientsReport }
  | { readonly ok: false; readonly problem: string };

interface Question {
  readonly sentMs: number;
  readonly abort: AbortController;
}

export const silentWords = 'The gateway does not answer';

/** Asks the gateway who is connected, one question at a time, and says how old the last answer is. */
export class ClientsFeed {
  readonly #options: ClientsFeedOptions;
  #onChange: ((view: ClientsView) => void) | null = null;
  #cancel: () => void = () => undefined;
  #question: Question | null = null;
  #reading: ClientsReading | null = null;
  #heardMs = 0;
  #problem: string | null = null;

  constructor(options: ClientsFeedOptions = pageOptions) {
    this.#options = options;
  }

  start(onChange: (view: ClientsView) => void): void {
    this.stop();
    this.#onChange = onChange;
    this.#tick();
  }

  /** What was heard is kept, and grows old. */
  stop(): void {
    this.#onChange = null;
    this.#cancel();
    this.#question?.abort.abort();
    this.#question = null;
  }

  #tick(): void {
    this.#cancel = this.#options.after(pollMs, () => this.#tick());
    const question = this.#question;
    if (question === null) void this.#ask();
    else if (this.#options.now() - question.sentMs >= answerLimitMs) question.abort.abort();
    this.#tell();
  }

  async #ask(): Promise<void> {
    const question = { sentMs: this.#options.now(), abort: new AbortController() };
    this.#question = question;
    const answer = await readAnswer(() => this.#options.ask(question.abort.signal));
    if (this.#question !== question) return;
    this.#question = null;
    if (answer.ok) this.#take(answer.report);
    this.#problem = answer.ok ? null : answer.problem;
    this.#tell();
  }

  #take(report: ClientsReport): void {
    this.#reading = readingOf(report, this.#reading?.report ?? null);
    this.#heardMs = this.#options.now();
  }

  #tell(): void {
    const reading = this.#reading;
    const ageMs = reading === null ? 0 : this.#options.now() - this.#heardMs;
    const isStale = reading !== null && (this.#problem !== null || ageMs > staleMs);
    this.#onChange?.({ reading, ageMs, problem: this.#problem, isStale });
  }
}

async function readAnswer(ask: () => Promise<Response>): Promise<Answer> {
  try {
    const answer = await ask();
    if (!answer.ok) {
      const { message } = await readRefusal(answer);
      return { ok: false, problem: message ?? `The gateway answered ${answer.status}` };
    }
    const report = parseClientsReport(await answer.json());
    if (report !== null) return { ok: true, report };
    return { ok: false, problem: 'The gateway answered what this page cannot read' };
  } catch {
    // Cut off, given up, or no JSON: whatever it was, there is no answer.
    return { ok: false, problem: silentWords };
  }
}

export function readingOf(report: ClientsReport, before: ClientsReport | null): ClientsReading {
  const tookMs = before === null ? 0 : report.uptimeMs - before.uptimeMs;
  if (before === null || tookMs <= 0 || tookMs > longestRateMs) {
    return { report, recordsPerSec: null, recordsPerSecById: new Map() };
  }
  const rate = (now: number, then: number) => (Math.max(0, now - then) * 1_000) / tookMs;
  const earlier = new Map(before.connections.map(({ id, recordsSent }) => [id, recordsSent]));
  const rates = report.connections.flatMap(
    ({ id, recordsSent }: ClientConnection): readonly (readonly [string, number])[] => {
      const then = earlier.get(id);
      return then === undefined ? [] : [[id, rate(recordsSent, then)]];
    },
  );
  return {
    report,
    recordsPerSec: rate(report.recordsSent, before.recordsSent),
    recordsPerSecById: new Map(rates),
  };
}
