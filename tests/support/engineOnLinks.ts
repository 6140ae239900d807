import { Core } from '../../src/main/engine/core.ts';
import type { WantedCandles } from '../../src/main/engine/engineCommand.ts';
import type { StageProbe } from '../../src/main/engine/health/stageProbe.ts';
import type { CoreEffect, CoreInput, InputTime } from '../../src/main/engine/inputs.ts';
import { Shell } from '../../src/main/engine/shell/shell.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { Venue } from '../../src/main/engine/venues/venue.ts';
import type { ControlCommand, Simulator, SimVenueId } from '../../src/simulator/simulator.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { MemoryLinks } from './memoryLinks.ts';

export const tenMarkets: readonly string[] = [
  'BTC-USDT',
  'ETH-USDT',
  'SOL-USDT',
  'BNB-USDT',
  'XRP-USDT',
  'ADA-USDT',
  'DOGE-USDT',
  'LINK-USDT',
  'DOT-USDT',
  'AVAX-USDT',
];

export interface EngineOnLinksOptions {
  readonly seed?: number;
  readonly venues?: readonly SimVenueId[];
  readonly messagesPerSec?: number;
  readonly latencyMs?: number;
  readonly holdMs?: () => number;
  readonly lifetimeMs?: number;
  /** Epoch ms at which market and engine begin. */
  readonly startTime?: number;
  readonly onInput?: (input: CoreInput) => void;
  /** What the core asks for, at the time of the input that made it. */
  readonly onEffect?: (effect: CoreEffect, time: InputTime) => void;
  /** After the core has handled an input. */
  readonly onHandled?: (input: CoreInput) => void;
  /** Puts something between the shell and the links: a resolver, a witness. */
  readonly ports?: (links: MemoryLinks) => Pick<MemoryLinks, 'openSocket' | 'httpGet'>;
  readonly probe?: StageProbe;
  /** Changes a venue's record before the engine gets it, e.g. to shorten its age limit. */
  readonly adapt?: (venue: Venue) => Venue;
}

/** A whole engine but for its host, on the simulator, in memory, on virtual time. */
export class EngineOnLinks {
  readonly simulator: Simulator;
  readonly links: MemoryLinks;
  readonly core: Core;
  readonly shell: Shell;
  readonly effects: CoreEffect[] = [];
  readonly log: string[] = [];

  constructor(options: EngineOnLinksOptions = {}) {
    const ids = options.venues ?? ['binance', 'bybit', 'okx'];
    this.simulator = createSimulator({
      seed: options.seed ?? 1,
      startTime: options.startTime ?? 1_790_000_000_000,
      messagesPerSec: options.messagesPerSec ?? 300,
      historyDays: 2,
      venues: ids,
    });
    const { latencyMs = 2, holdMs, lifetimeMs } = options;
    this.links = new MemoryLinks(this.simulator, {
      latencyMs,
      ...(holdMs === undefined ? {} : { holdMs }),
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    });
    const adapt = options.adapt ?? ((venue: Venue) => venue);
    const venues = ids.map((id) => adapt(createVenue(id)));
    this.core = new Core({
      venues,
      ...(options.probe === undefined ? {} : { probe: options.probe }),
      log: (venue, text) => this.log.push(`${venue} ${text}`),
      budgets: (venue, connection) => this.shell.budgetsOf(venue, connection),
    });
    const { openSocket, httpGet } = options.ports?.(this.links) ?? this.links;
    let seed = options.seed ?? 1;
    this.shell = new Shell({
      handle: (input, sink) => {
        this.core.handle(input, (effect) => {
          this.effects.push(effect);
          options.onEffect?.(effect, input);
          sink(effect);
        });
        options.onHandled?.(input);
      },
      tap: (input) => options.onInput?.(input),
      venues,
      endpoints: (venue) => this.links.endpoints(venue),
      openSocket,
      httpGet,
      clock: this.links.clockPort,
      random: () => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return seed / 2_147_483_648;
      },
    });
    this.shell.start();
  }

  get view(): Core['view'] {
    return this.core.view;
  }

  want(
    markets: readonly string[],
    books: readonly string[] = markets,
    candles: readonly WantedCandles[] = [],
  ): void {
    this.shell.command({ type: 'want', markets, books, candles });
  }

  run(forMs: number, onStep?: () => void, stepMs?: number): void {
    this.links.run(forMs, onStep, stepMs);
  }

  control(command: ControlCommand): void {
    this.simulator.control(command);
  }

  /** Effects of one type so far. */
  effectsOf<Type extends CoreEffect['type']>(type: Type): Extract<CoreEffect, { type: Type }>[] {
    return this.effects.filter(
      (effect): effect is Extract<CoreEffect, { type: Type }> => effect.type === type,
    );
  }

  /** Topics in the Binance `SUBSCRIBE` or `UNSUBSCRIBE` frames sent so far, in order. */
  topicsSent(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', fromEffect = 0): string[] {
    return this.effects.slice(fromEffect).flatMap((effect) => {
      if (effect.type !== 'send' || effect.purpose !== 'subscription') return [];
      const frame: unknown = JSON.parse(effect.text);
      if (typeof frame !== 'object' || frame === null) return [];
      if (!('method' in frame) || frame.method !== method) return [];
      return 'params' in frame && Array.isArray(frame.params) ? frame.params.map(String) : [];
    });
  }

  close(): void {
    this.shell.close();
    this.simulator.close();
  }
}
