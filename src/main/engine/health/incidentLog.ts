import type { Incident } from '../../../shared/incidents.ts';

const capacity = 1_000;

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

  nextId(): number {
    this.opened += 1;
    return this.opened;
  }

  /** A new incident, or what became of one of the same id; one that was forgotten meanwhile stays so. */
  put(incident: Incident): void {
    const index = this.incidents.findLastIndex(({ id }) => id <= incident.id);
    const before = this.incidents[index];
    if (before?.id === incident.id) {
      if (JSON.stringify(before) === JSON.stringify(incident)) return;
      this.incidents[index] = incident;
    } else if (index === this.incidents.length - 1) {
      this.incidents.push(incident);
      this.forget();
    } else return;
    this.onIncident(incident);
  }

  list(): readonly Incident[] {
    return [...this.incidents];
  }

  get keptCount(): number {
    return this.incidents.length;
  }

  save(): IncidentLogSaved {
    return { incidents: this.list(), opened: this.opened };
  }

  restore(saved: IncidentLogSaved): void {
    this.incidents = [...saved.incidents];
    this.opened = saved.opened;
  }

  /** The oldest that is over goes first: one that still runs must not vanish from the page. */
  private forget(): void {
    if (this.incidents.length <= capacity) return;
    const over = this.incidents.findIndex(({ outcome }) => outcome !== 'running');
    this.incidents.splice(Math.max(0, over), 1);
  }
}
