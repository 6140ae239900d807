import type { HostLogEntry } from '../../engine/host.ts';
import type { MarketFeed } from '../hub/marketFeed.ts';
import { answerTopic, askTopic, emptyPage, parseQuestion, writeAnswer } from './candleQuestions.ts';
import type { CandleQuestion } from './candleQuestions.ts';
import type { RedisPort } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

export interface CandleAnswersOptions {
  readonly port: RedisPort;
  readonly feed: MarketFeed;
  /** Of the process that is asked. */
  readonly self: string;
  readonly log: (entry: HostLogEntry) => void;
}

/** Answers what gateways ask this process' engine. */
export class CandleAnswers {
  readonly #options: CandleAnswersOptions;
  readonly #unlisten: () => void;
  #asked = 0;

  constructor(options: CandleAnswersOptions) {
    const { port, self } = options;
    this.#options = options;
    this.#unlisten = port.listen(askTopic(self), (bytes) => void this.#answer(bytes));
  }

  close(): void {
    this.#unlisten();
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    const question = parseQuestion(bytes);
    if (question === null || this.#asked >= scaleOutLimits.maxCandleRequests) return;
    this.#asked += 1;
    try {
      const page = await this.#candlesOf(question);
      const answer = writeAnswer(question.id, page);
      await this.#options.port.notify(answerTopic(question.gateway), answer);
    } catch (error) {
      // Who asked is answered by its own time limit.
      this.#log('debug', `an answer did not reach its gateway: ${reasonOf(error)}`);
    } finally {
      this.#asked -= 1;
    }
  }

  async #candlesOf({ market, venue, interval, before, limit }: CandleQuestion) {
    const request = { market, venue, interval, before, limit };
    try {
      return await this.#options.feed.candles(request);
    } catch (error) {
      this.#log('warning', `candles of ${market} could not be had: ${reasonOf(error)}`);
      return emptyPage(request, 'The candles could not be had. Try again in a moment.');
    }
  }

  #log(level: HostLogEntry['level'], text: string): void {
    this.#options.log({ level, scope: 'ingest', text });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
