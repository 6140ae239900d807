import type { VenueId } from '../../../shared/venues.ts';

/** Stages of a frame inside the engine. Live probes read a clock, a replay's does nothing. */
export type EngineStage = 'received' | 'decoded' | 'applied' | 'batched';

/** Written to, never read, by the core: neither state nor hash may depend on how fast it ran. */
export interface StageProbe {
  begin(venue: VenueId): void;
  reach(stage: EngineStage): void;
}

export const silentProbe: StageProbe = {
  begin: () => undefined,
  reach: () => undefined,
};
