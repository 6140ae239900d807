import type { StreamChannel } from '../../shared/feedHealth.ts';
import type { Incident, IncidentKind } from '../../shared/incidents.ts';
import type { EpochMs, InstrumentId } from '../../shared/market.ts';
import type { VenueId } from '../../shared/venues.ts';
import type { RibbonSpan, RibbonState } from '../widgets/drawRibbon.ts';
import { ribbonWindowMs } from '../widgets/drawRibbon.ts';

const stateOfKind: Readonly<Record<IncidentKind, RibbonState | null>> = {
  disconnected: 'disconnected',
  unreachable: 'disconnected',
  rateLimited: null,
  banned: 'disconnected',
  rejected: 'disconnected',
  stale: 'stale',
  resync: 'resyncing',
  gap: 'gap',
  late: 'stale',
  outlier: null,
  clock: null,
  apiChange: null,
  closed: null,
  blocked: 'stale',
  slept: 'disconnected',
};

const noticedMs = 1000;

/** How an incident looks on a ribbon; null where the data stayed live. */
export function ribbonState(incident: Incident): RibbonState | null {
  // What waited for a moment was read in order: only a standstill that a person would notice is marked.
  if (incident.kind === 'blocked' && (incident.durationMs ?? noticedMs) < noticedMs) return null;
  if (incident.kind !== 'gap') return stateOfKind[incident.kind];
  const { outcome } = incident;
  return outcome === 'repaired' || outcome === 'recovered' ? 'repaired' : 'gap';
}

function spansOf(incidents: readonly Incident[], now: EpochMs): readonly RibbonSpan[] {
  return incidents.flatMap((incident): RibbonSpan[] => {
    const state = ribbonState(incident);
    if (state === null || (incident.to ?? now) <= now - ribbonWindowMs) return [];
    return [{ from: incident.from, to: incident.to, state }];
  });
}

/** Everything that concerned the venue, its single streams included. */
export function venueSpans(
  incidents: readonly Incident[],
  venue: VenueId,
  now: EpochMs,
): readonly RibbonSpan[] {
  return spansOf(
    incidents.filter((incident) => incident.venue === venue || incident.venue === null),
    now,
  );
}

/** What took the connection itself away, or all of them. */
export function connectionSpans(
  incidents: readonly Incident[],
  connection: { readonly venue: VenueId; readonly connection: string },
  now: EpochMs,
): readonly RibbonSpan[] {
  return spansOf(
    incidents.filter(
      (incident) =>
        incident.venue === null ||
        (incident.venue === connection.venue &&
          incident.instrument === null &&
          incident.channel === null &&
          (incident.connection === null || incident.connection === connection.connection)),
    ),
    now,
  );
}

export interface StreamPlace {
  readonly venue: VenueId;
  readonly connection: string;
  /** Null: those of all instruments. */
  readonly instrument: InstrumentId | null;
  readonly channel: StreamChannel;
}

/** What concerned one stream: its own troubles and those of what carries it. */
export function streamSpans(
  incidents: readonly Incident[],
  stream: StreamPlace,
  now: EpochMs,
): readonly RibbonSpan[] {
  return spansOf(
    incidents.filter((incident) => {
      if (incident.venue === null) return true;
      if (incident.venue !== stream.venue) return false;
      const carries = incident.connection === null || incident.connection === stream.connection;
      const sameChannel = incident.channel === null || incident.channel === stream.channel;
      const sameInstrument =
        stream.instrument === null ||
        incident.instrument === null ||
        incident.instrument === stream.instrument;
      return carries && sameChannel && sameInstrument;
    }),
    now,
  );
}
