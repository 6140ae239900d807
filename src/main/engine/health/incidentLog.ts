import type { Incident } from '../../../shared/incidents.ts';

const capacity = 1_000;

export type IncidentStart = Omit<Incident, 'id' | 'to' | 'durationMs' | 'outcome'>;
export type IncidentChange = Partial<Omit<Incident, 'id' | 'venue' | 'kind'>>;

export interface IncidentLogSaved {
  readonly incidents: readonly Incident[];
  readonly opened: number;
}

/** Every trouble from its first sign to its end, newest last. */
export class IncidentLog {
  private incidents: Incident[] = [];
  private opened = 0;
  private readonly onIncident: (incident: Incident) => void;

  constructor(onIncident: (incident: Incident) => void) {
    this.onIncident = onIncident;
  }

  /** Returns the incident's id. */
  open(start: IncidentStart): number {
    this.opened += 1;
    const incident: Incident = {
      id: this.opened,
      ...start,
      to: null,
      durationMs: null,
      outcome: 'running',
    };
    this.incidents.push(incident);
    if (this.incidents.length > capacity) {
      this.incidents.splice(0, this.incidents.length - capacity);
    }
    this.onIncident(incident);
    return incident.id;
  }

  change(id: number, change: IncidentChange): void {
    const index = this.incidents.findIndex((incident) => incident.id === id);
    const before = this.incidents[index];
    if (before === undefined) return;
    const after = { ...before, ...change };
    this.incidents[index] = after;
    this.onIncident(after);
  }

  get(id: number): Incident | null {
    return this.incidents.find((incident) => incident.id === id) ?? null;
  }

  list(): readonly Incident[] {
    return [...this.incidents];
  }

  save(): IncidentLogSaved {
    return { incidents: this.list(), opened: this.opened };
  }

  restore(saved: IncidentLogSaved): void {
    this.incidents = [...saved.incidents];
    this.opened = saved.opened;
  }
}
