/** Sessions for the replay benchmark: a core that hears Binance frames, and its shell's part of the talk. */
import { Core } from '../../src/main/engine/core.ts';
import type { CoreEffect, CoreInput } from '../../src/main/engine/inputs.ts';
import type { Recorder } from '../../src/main/engine/recording/recorder.ts';
import type { UntimedInput } from '../../src/main/engine/shell/shell.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { Instrument } from '../../src/shared/market.ts';
import { venueIds } from '../../src/shared/venues.ts';

const tickMs = 50;
const tickerMs = 1_000;
/** Monotonic time of the first input. */
const startMs = 1_000;

export interface BenchMarket {
  readonly instrument: Instrument;
  /** REST body of its book; null: the venue has not answered yet. */
  readonly snapshot: () => string | null;
}

export function binanceInstrument(base: string): Instrument {
  return {
    id: `binance:${base}-USDT`,
    venue: 'binance',
    venueSymbol: `${base}USDT`,
    market: `${base}-USDT`,
    marketKind: 'spot',
    base,
    quote: 'USDT',
    tickSize: '0.01',
    lotSize: '0.00001',
    sizeUnit: 'base',
    tradingStatus: 'trading',
  };
}

/** Answers what the core asks at once, as a venue without distance would; other venues are paused. */
export class BenchSession {
  readonly core = new Core({ venues: venueIds.map(createVenue) });
  recorder: Recorder | null = null;
  time: number;
  private readonly startTime: number;
  private readonly markets: readonly BenchMarket[];
  private readonly waiting: UntimedInput[] = [];
  private readonly unanswered: { readonly requestId: number; readonly path: string }[] = [];
  private socket = '';
  private generation = 0;
  private tickTime: number;
  private tickerTime = 0;
  private isHandling = false;

  constructor(markets: readonly BenchMarket[], startTime: number) {
    this.markets = markets;
    this.startTime = startTime;
    this.time = startTime;
    this.tickTime = startTime;
  }

  get monotonicMs(): number {
    return startMs + this.time - this.startTime;
  }

  begin(): void {
    for (const venue of venueIds) {
      if (venue !== 'binance')
        this.submit({ type: 'command', command: { type: 'pauseVenue', venue } });
    }
    const names = this.markets.map(({ instrument }) => instrument.market).sort();
    const instruments = this.markets.map(({ instrument }) => instrument);
    this.submit({
      type: 'command',
      command: { type: 'instruments', venue: 'binance', instruments },
    });
    const want = { markets: names, books: names, candles: [] };
    this.submit({ type: 'command', command: { type: 'want', ...want } });
  }

  /** A frame of the venue, with the ticks before it and a ticker each second. */
  frame(time: number, text: string): void {
    this.tickUntil(time);
    if (time >= this.tickerTime) this.sendTickers(time);
    this.hear(time, text);
  }

  private sendTickers(time: number): void {
    this.tickerTime = time + tickerMs;
    for (const { instrument } of this.markets) this.hear(time, tickerText(instrument, time));
  }

  private hear(time: number, text: string): void {
    this.time = Math.max(this.time, time);
    if (this.socket === '') return;
    this.submit({ type: 'frame', connection: this.socket, generation: this.generation, text });
    if (this.unanswered.length > 0) this.answerRequests();
  }

  tickUntil(time: number): void {
    while (this.tickTime + tickMs <= time) {
      this.tickTime += tickMs;
      this.time = Math.max(this.time, this.tickTime);
      this.submit({ type: 'tick' });
    }
  }

  /** Inputs that an input causes follow it. */
  private submit(input: UntimedInput): void {
    this.waiting.push(input);
    if (this.isHandling) return;
    this.isHandling = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      const timed: CoreInput = { ...next, receivedTime: this.time, monotonicMs: this.monotonicMs };
      this.recorder?.tap(timed);
      this.core.handle(timed, (effect) => this.answer(effect));
    }
    this.isHandling = false;
  }

  private answer(effect: CoreEffect): void {
    switch (effect.type) {
      case 'scheduleAttempt':
        this.waiting.push({
          type: 'attemptScheduled',
          connection: effect.connection,
          delayMs: 0,
          frozen: null,
        });
        return;
      case 'connect': {
        const { connection, generation } = effect;
        this.socket = connection;
        this.generation = generation;
        this.waiting.push({ type: 'opened', connection, generation });
        return;
      }
      case 'send': {
        const { connection, generation } = effect;
        const id = /"id":"?(\d+)/.exec(effect.text)?.[1] ?? '0';
        const quoted = effect.text.includes(`"id":"`) ? `"${id}"` : id;
        const text = `{"result":null,"id":${quoted}}`;
        this.waiting.push({ type: 'frame', connection, generation, text });
        return;
      }
      case 'fetch':
        // Other venues and other questions are never answered: their silence is a part of the session.
        if (effect.venue === 'binance' && /\/(time|depth)\b/.test(effect.request.path)) {
          this.unanswered.push({ requestId: effect.requestId, path: effect.request.path });
        }
        return;
      case 'terminate':
        return;
    }
  }

  private answerRequests(): void {
    for (const request of this.unanswered.splice(0)) {
      const body = this.bodyOf(request.path);
      const { requestId } = request;
      if (body === null) this.unanswered.push(request);
      else {
        this.submit({
          type: 'restAnswered',
          requestId,
          status: 200,
          headers: {},
          body,
          elapsedMs: 5,
        });
      }
    }
  }

  private bodyOf(path: string): string | null {
    if (path.includes('/time')) return `{"serverTime":${Math.round(this.time)}}`;
    if (!path.includes('/depth')) return null;
    const market = this.markets.find(({ instrument }) => path.includes(instrument.venueSymbol));
    return market?.snapshot() ?? null;
  }
}

function tickerText({ venueSymbol }: Instrument, time: number): string {
  const stream = `${venueSymbol.toLowerCase()}@ticker`;
  const stamp = Math.round(time);
  const data =
    `{"e":"24hrTicker","E":${stamp},"s":"${venueSymbol}","p":"100.00","P":"0.16","w":"61000.00","x":"61500.00",` +
    `"c":"61602.00","Q":"0.01","b":"61601.00","B":"1.0","a":"61602.00","A":"1.0","o":"61500.00","h":"62000.00",` +
    `"l":"60000.00","v":"20000.0","q":"1220000000.0","O":${stamp - 86_400_000},"C":${stamp},"F":1,"L":900,"n":900}`;
  return `{"stream":"${stream}","data":${data}}`;
}
