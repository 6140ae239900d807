import type { MarketKind } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { RecordedSource } from '../replay/scanRecording.ts';
import { createVenue } from '../venues/registry.ts';
import { marketKindIn, readAs } from './frameVenue.ts';
import { RecordingError } from './recordingError.ts';
import { tardisLines } from './tardisLines.ts';

const lookedAt = 5_000;

export interface DetectedSources {
  readonly sources: readonly RecordedSource[];
  readonly marketKind: 'spot' | 'linear';
}

export interface SourceHint {
  readonly venue: VenueId | null;
  readonly marketKind: 'spot' | 'linear' | null;
}

interface Detected extends RecordedSource {
  /** What its frames tell; empty: nothing, though `isNeeded`. */
  readonly kinds: ReadonlySet<MarketKind>;
  readonly isNeeded: boolean;
}

/** Which venues sent the frames of each file, and of which kind the markets are. Throws `RecordingError`. */
export async function detectSources(
  files: readonly string[],
  hint: SourceHint,
): Promise<DetectedSources> {
  const detected: Detected[] = [];
  for (const file of files) detected.push(await detect(file, hint));
  const sources = detected.map(({ file, venues }) => ({ file, venues }));
  return { sources, marketKind: agreedKind(detected, hint.marketKind) };
}

async function detect(file: string, hint: SourceHint): Promise<Detected> {
  const candidates = hint.venue === null ? venueIds : [hint.venue];
  const found = new Set<VenueId>();
  const kinds = new Set<MarketKind>();
  let frames = 0;
  for await (const portion of tardisLines(file)) {
    for (const { text, isBreak } of portion) {
      if (isBreak === true) continue;
      frames += 1;
      for (const venue of candidates) {
        if (readAs(venue, text).market === 0) continue;
        found.add(venue);
        const kind = marketKindIn(venue, text);
        if (kind !== null) kinds.add(kind);
      }
    }
    if (frames >= lookedAt) break;
  }
  const [first, ...others] = venueIds.filter((venue) => found.has(venue));
  if (first === undefined) throw nothingFound(file, frames, candidates);
  const venues: Detected['venues'] = [first, ...others];
  // Where frames do not tell it, symbols do.
  const isNeeded = venues.some((venue) => createVenue(venue).marketKindIn !== undefined);
  return { file, venues, kinds, isNeeded };
}

function nothingFound(
  file: string,
  frames: number,
  candidates: readonly VenueId[],
): RecordingError {
  if (frames === 0) return new RecordingError(`${file}: no frame in it.`);
  return new RecordingError(
    `${file}: no market data of ${candidates.join(', ')} in its first ${frames} frames; recordings of other exchanges cannot be played.`,
  );
}

function agreedKind(
  detected: readonly Detected[],
  hint: SourceHint['marketKind'],
): 'spot' | 'linear' {
  const kinds = new Set(detected.flatMap((each) => [...each.kinds]));
  const where = detected.map(({ file }) => file).join(', ');
  if (kinds.size > 1) {
    throw new RecordingError(
      `${where}: frames of spot and of futures markets. A session holds one kind: import them one after the other.`,
    );
  }
  const [told] = kinds;
  if (told !== undefined && hint !== null && told !== hint) {
    throw new RecordingError(
      `${where}: by their frames the markets are ${told}, not ${hint}. Leave out --kind.`,
    );
  }
  if (told === 'spot' || told === 'linear') return told;
  const unclear = detected.find(({ isNeeded }) => isNeeded);
  if (unclear !== undefined && hint === null) {
    throw new RecordingError(
      `${unclear.file}: its frames of ${unclear.venues.join(', ')} could be of spot or linear markets. Say which with --kind.`,
      ['spot', 'linear'],
    );
  }
  return hint ?? 'spot';
}
