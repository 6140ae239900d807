import type { CandlePage } from '../../../shared/values.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { CandleRequest } from '../hub/marketFeed.ts';
import { answerTopic, askTopic, emptyPage, parseAnswer, writeQuestion } from './candleQuestions.ts';
import type { RedisPort } from './redisPort.ts';
import { RedisAwayError } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

interface Waiting {
  readonly request: CandleRequest;
  readonly settle: (page: CandlePage) => void;
}

/** Candles of the past are asked of a process with an engine; every question ends in a page, with a problem at worst. */
export class CandleAsker {
  readonly #port: RedisPort;
  readonly #clock: GatewayClock;
  readonly #self: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #unlisten: () => void;
  #next = 1;

  constructor(port: RedisPort, clock: GatewayClock, self: string) {
    this.#port = port;
    this.#clock = clock;
    this.#self = self;
    this.#unlisten = port.listen(answerTopic(self), (bytes) => this.#hear(bytes));
  }

  /** `ingesters`: in the order in which they are asked, until one listens. */
  async ask(request: CandleRequest, ingesters: readonly string[]): Promise<CandlePage> {
    if (this.#waiting.size >= scaleOutLimits.maxCandleRequests) {
      return emptyPage(request, 'Too many candles are being asked for. Try again in a moment.');
    }
    const id = this.#next++;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(scaleOutLimits.candleTimeoutMs, () => {
        settle(emptyPage(request, 'The candles did not come in time. Try again in a moment.'));
      });
      const settle = (page: CandlePage): void => {
        cancel();
        this.#waiting.delete(id);
        resolve(page);
      };
      this.#waiting.set(id, { request, settle });
      void this.#send(id, request, ingesters, settle);
    });
  }

  close(): void {
    this.#unlisten();
    for (const { request, settle } of this.#waiting.values()) {
      settle(emptyPage(request, 'The gateway stops.'));
    }
  }

  async #send(
    id: number,
    { market, venue, interval, before, limit }: CandleRequest,
    ingesters: readonly string[],
    settle: (page: CandlePage) => void,
  ): Promise<void> {
    const request = { market, venue, interval, before, limit };
    const question = writeQuestion({ id, gateway: this.#self, ...request });
    try {
      for (const ingester of ingesters) {
        if ((await this.#port.notify(askTopic(ingester), question)) > 0) return;
      }
      settle(emptyPage(request, 'No process with market data answers at the moment.'));
    } catch (error) {
      if (!(error instanceof RedisAwayError)) throw error;
      settle(emptyPage(request, 'The way to the market data is interrupted. Try again later.'));
    }
  }

  #hear(bytes: Uint8Array): void {
    const answer = parseAnswer(bytes);
    const waiting = answer === null ? undefined : this.#waiting.get(answer.id);
    if (answer === null || waiting === undefined) return;
    const { page } = answer;
    const { market, venue, interval } = waiting.request;
    // A page of a venue's own candles may answer for the consolidated ones, never that of another market.
    const isOurs = page.market === market && page.interval === interval;
    if (isOurs && (venue === null || page.venue === venue)) waiting.settle(page);
  }
}
