import type { Incident } from '../../src/shared/incidents.ts';
import type { EngineOnLinks } from './engineOnLinks.ts';

/** What an engine told of its incidents, in the order in which it came. */
export class IncidentsHeard {
  readonly told: Incident[] = [];
  private readonly engine: EngineOnLinks;

  constructor(engine: EngineOnLinks) {
    this.engine = engine;
    engine.view.listen({
      onTrade: () => undefined,
      onClosedCandle: () => undefined,
      onGap: () => undefined,
      onIncident: (incident) => this.told.push(incident),
      onDirty: () => undefined,
    });
  }

  /** As they stand now. */
  get all(): readonly Incident[] {
    return this.engine.view.incidents();
  }

  /** The only one there is. */
  get one(): Incident {
    const [only, ...others] = this.all;
    if (only === undefined || others.length > 0) {
      throw new Error(`${this.all.length} incidents: ${JSON.stringify(this.all)}`);
    }
    return only;
  }

  /** How often the end of an incident was told. */
  endings(id: number): number {
    let endings = 0;
    let before = 'none';
    for (const incident of this.told) {
      if (incident.id !== id) continue;
      if (incident.outcome !== 'running' && before === 'running') endings += 1;
      before = incident.outcome;
    }
    return endings;
  }
}
