import * as v from 'valibot';
import type { Incident } from '../../../shared/incidents.ts';
import { incidentKinds } from '../../../shared/incidents.ts';
import { venueIds } from '../../../shared/venues.ts';

const filterSchema = v.object({
  /** Null: every venue, and what concerns all of them. */
  venue: v.fallback(v.nullable(v.picklist(venueIds)), null),
  kind: v.fallback(v.nullable(v.picklist(incidentKinds)), null),
});
export type IncidentFilter = v.InferOutput<typeof filterSchema>;

export function parseIncidentFilter(saved: unknown): IncidentFilter {
  const result = v.safeParse(filterSchema, saved);
  return result.success ? result.output : { venue: null, kind: null };
}

export interface IncidentRows {
  readonly rows: readonly Incident[];
  /** Rows that fit the filter and are not in `rows`. */
  readonly more: number;
}

function isWanted(incident: Incident, { venue, kind }: IncidentFilter): boolean {
  const ofVenue = venue === null || incident.venue === null || incident.venue === venue;
  return ofVenue && (kind === null || incident.kind === kind);
}

/** Running ones on top, then by their end; at most `limit`, so that a long day does not slow the page. */
export function computeIncidentRows(
  incidents: readonly Incident[],
  filter: IncidentFilter,
  limit: number,
): IncidentRows {
  const wanted = incidents.filter((incident) => isWanted(incident, filter));
  const byStart = (a: Incident, b: Incident) => b.from - a.from || b.id - a.id;
  const running = wanted.filter((incident) => incident.to === null).toSorted(byStart);
  const over = wanted.filter((incident) => incident.to !== null).toSorted(byStart);
  const rows = [...running, ...over].slice(0, limit);
  return { rows, more: wanted.length - rows.length };
}
