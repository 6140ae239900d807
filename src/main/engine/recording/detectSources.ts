import type { MarketKind } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { RecordedSource } from '../replay/scanRecording.ts';
import { countMarketEvents } from '../replay/scanRecording.ts';
import { createVenue } from '../venues/registry.ts';
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

interface Detected {
  readonly file: string;
  readonly venue: VenueId;
  /** `any`: the symbols say it. Null: the frames do not. */
  readonly kind: MarketKind | 'any' | null;
}

/** Which venue sent the frames of each file, and of which kind its markets are. Throws `RecordingError`. */
export async function detectSources(
  files: readonly string[],
  hint: SourceHint,
): Promise<DetectedSources> {
  const detected: Detected[] = [];
  for (const file of files) detected.push(await detect(file, hint));
  const sources = detected.map(({ file, venue }) => ({ file, venue }));
  return { sources, marketKind: agreedKind(detected, hint) };
}

async function detect(file: string, hint: SourceHint): Promise<Detected> {
  const candidates = hint.venue === null ? venueIds : [hint.venue];
  const events = new Map<VenueId, number>(candidates.map((venue) => [venue, 0]));
  const kinds = new Map<MarketKind, number>();
  let frames = 0;
  for await (const portion of tardisLines(file)) {
    for (const { text, isBreak } of portion) {
      if (isBreak === true) continue;
      frames += 1;
      for (const venue of candidates) {
        const count = countMarketEvents(venue, text);
        if (count === 0) continue;
        events.set(venue, (events.get(venue) ?? 0) + count);
        const kind = kindIn(venue, text);
        if (kind !== null) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    }
    if (frames >= lookedAt) break;
  }
  const found = [...events].filter(([, count]) => count > 0);
  const [only] = found;
  if (only === undefined) throw nothingFound(file, frames, candidates);
  if (found.length > 1) {
    const shares = found.map(([venue, count]) => `${venue} (${count})`).join(', ');
    throw new RecordingError(
      `${file} could be of ${shares}. Say which with --venue; a file holds the frames of one venue.`,
    );
  }
  const [venue] = only;
  return { file, venue, kind: kindOf(file, venue, kinds) };
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

const probes = new Map<VenueId, ReturnType<typeof createVenue>>();

function kindIn(id: VenueId, text: string): MarketKind | null {
  const venue = probes.get(id) ?? createVenue(id);
  probes.set(id, venue);
  return venue.marketKindIn?.(text) ?? null;
}

function kindOf(
  file: string,
  venue: VenueId,
  kinds: ReadonlyMap<MarketKind, number>,
): Detected['kind'] {
  if (createVenue(venue).marketKindIn === undefined) return 'any';
  const found = [...kinds.keys()];
  if (found.length > 1) {
    throw new RecordingError(
      `${file} holds spot and futures frames of ${venue}. A session holds one of them: write a file for each.`,
    );
  }
  return found[0] ?? null;
}

function agreedKind(detected: readonly Detected[], hint: SourceHint): 'spot' | 'linear' {
  const told = detected.filter(({ kind }) => kind === 'spot' || kind === 'linear');
  const first = told[0];
  const odd = told.find(({ kind }) => kind !== first?.kind);
  if (first !== undefined && odd !== undefined) {
    throw new RecordingError(
      `${first.file} holds ${String(first.kind)} markets, ${odd.file} ${String(odd.kind)} ones. A session holds one kind: import them one after the other.`,
    );
  }
  if (first !== undefined && hint.marketKind !== null && first.kind !== hint.marketKind) {
    throw new RecordingError(
      `${first.file} holds ${String(first.kind)} markets by its frames, not ${hint.marketKind} ones. Leave out --kind.`,
    );
  }
  if (first?.kind === 'spot' || first?.kind === 'linear') return first.kind;
  const unclear = detected.find(({ kind }) => kind === null);
  if (unclear !== undefined && hint.marketKind === null) {
    throw new RecordingError(
      `${unclear.file}: its frames of ${unclear.venue} could be spot or linear. Say which with --kind.`,
    );
  }
  return hint.marketKind ?? 'spot';
}
