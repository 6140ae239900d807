import { LevelReader } from '../levels.ts';
import type { DecodeContext, Venue, VenueEvent, VenueEventSink } from '../venue.ts';
import { endpoints, heartbeat, limits, routes } from './endpoints.ts';
import { marketKindIn } from './marketKind.ts';
import { normalizeMessage } from './normalize.ts';
import { parseMessages } from './parse.ts';
import { rest } from './rest.ts';
import { FrameScanner } from './scan.ts';
import { sequencing } from './sequencing.ts';
import { shapesIn } from './shapes.ts';
import { describeSymbol, venueSymbolOf } from './symbols.ts';
import { capabilities, subscribeFrames, topicOf, unsubscribeFrames } from './topics.ts';

export function createBinanceVenue(): Venue {
  const levels = new LevelReader();
  const scanner = new FrameScanner(levels);

  function decode(text: string, context: DecodeContext, sink: VenueEventSink): void {
    if (scanner.scan(text, context, sink)) return;
    const messages = parseMessages(text);
    const [only] = messages;
    if (only !== undefined && messages.length === 1) {
      normalizeMessage(only, context, levels, sink);
      return;
    }
    const events: VenueEvent[] = [];
    for (const message of messages) {
      normalizeMessage(message, context, levels, (event) => events.push(event));
    }
    events.forEach(sink);
  }

  return {
    id: 'binance',
    endpoints,
    routes,
    limits,
    heartbeat,
    capabilities,
    sequencing,
    describeSymbol,
    venueSymbolOf,
    topicOf,
    subscribeFrames,
    unsubscribeFrames,
    decode,
    marketKindIn,
    shapesIn,
    rest,
  };
}
