import { LevelReader } from '../levels.ts';
import type { Venue } from '../venue.ts';
import { endpoints, heartbeat, limits, routes } from './endpoints.ts';
import { marketKindIn } from './marketKind.ts';
import { normalizeMessage } from './normalize.ts';
import { parseMessage } from './parse.ts';
import { rest } from './rest.ts';
import { createSequencing } from './sequencing.ts';
import { shapesIn } from './shapes.ts';
import { describeSymbol, venueSymbolOf } from './symbols.ts';
import { capabilities, subscribeFrames, topicOf, unsubscribeFrames } from './topics.ts';

export interface BybitOptions {
  /** Whether a book's `u` must rise by exactly one. */
  readonly strictU: boolean;
}

export function createBybitVenue({ strictU }: BybitOptions = { strictU: true }): Venue {
  const levels = new LevelReader();
  return {
    id: 'bybit',
    endpoints,
    routes,
    limits,
    heartbeat,
    capabilities,
    sequencing: createSequencing(strictU),
    describeSymbol,
    venueSymbolOf,
    topicOf,
    subscribeFrames,
    unsubscribeFrames,
    decode: (text, context, sink) => normalizeMessage(parseMessage(text), context, levels, sink),
    marketKindIn,
    shapesIn,
    rest,
  };
}
