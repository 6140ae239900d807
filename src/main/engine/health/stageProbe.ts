import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { InputTime } from '../inputs.ts';

/** Stages of a frame inside the core. Live probes read a clock, a replay's does nothing. */
export type EngineStage = 'decoded' | 'applied';

/** Written to, never read, by the core: neither state nor hash may depend on how fast it ran. */
export interface StageProbe {
  /** A frame of an open socket is about to be decoded; `received` is when it came off the socket. */
  begin(venue: VenueId, received: InputTime): void;
  /**
   * The frame in work changes market data that is sent when something happens, not on a schedule. `venueTime` null: it
   * carries none, or one that is old by intent (the first of a stream).
   */
  measure(venueTime: EpochMs | null, clockOffsetMs: number | null): void;
  reach(stage: EngineStage): void;
}

export const silentProbe: StageProbe = {
  begin: () => undefined,
  measure: () => undefined,
  reach: () => undefined,
};
