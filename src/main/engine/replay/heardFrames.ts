import type { MarketKind } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { RecordedTopic } from '../hosting/venueRecordingContract.ts';
import type { CoreInput } from '../inputs.ts';
import { FrameTopics } from './frameTopics.ts';
import { OwnFigures } from './ownFigures.ts';

/** Frames of a recording as their venues meant them. */
export class HeardFrames {
  readonly figures = new OwnFigures();
  private readonly marketKind: MarketKind;
  private readonly topicsOf = new Map<VenueId, FrameTopics>();

  constructor(marketKind: MarketKind) {
    this.marketKind = marketKind;
  }

  /** What a frame is about; empty for answers, heartbeats and what cannot be read. */
  hear(venue: VenueId, text: string): readonly RecordedTopic[] {
    const { figures } = this;
    const topics =
      this.topicsOf.get(venue) ??
      new FrameTopics(venue, this.marketKind, (event) => figures.hear(venue, event));
    this.topicsOf.set(venue, topics);
    return topics.of(text);
  }

  /** What goes out to nobody, for what it says of bars and of the trades in an open one. */
  hearBars(input: CoreInput): void {
    this.hearWhere(/kline|candle|trade/i, input);
  }

  hearCandles(input: CoreInput): void {
    this.hearWhere(/kline|candle/, input);
  }

  private hearWhere(pattern: RegExp, input: CoreInput): void {
    if (input.type !== 'frame' || !pattern.test(input.text)) return;
    const venue = venueOf(input.connection);
    if (venue !== null) this.hear(venue, input.text);
  }
}

/** `okx-business#1` -> `okx`. */
export function venueOf(connection: string): VenueId | null {
  return (
    venueIds.find(
      (id) =>
        connection === id ||
        (/^[#-]/.test(connection.slice(id.length)) && connection.startsWith(id)),
    ) ?? null
  );
}
