import { assertNever } from '../../../shared/assert.ts';
import type {
  DashboardAlert,
  DashboardEvent,
  DashboardMetric,
  DashboardNotification,
} from '../../../shared/gateway/dashboard.ts';
import type {
  GapUpdate,
  HealthUpdate,
  StatusMessage,
  WireUpdate,
  WireVenueHealth,
} from '../../../shared/gateway/wire.ts';
import type { VenueId } from '../../../shared/venues.ts';

/** Turns what the hub knows into what a dashboard shows: nothing in it is estimated or made up. */
export class DashboardTeller {
  readonly #countClients: () => number;
  #shown = new Map<DashboardMetric['name'], number | null>();
  #statusByVenue: ReadonlyMap<VenueId, WireVenueHealth['status']> | null = null;
  /** Gaps that were told as open: their end is told as well. */
  readonly #openGaps = new Set<string>();

  constructor(countClients: () => number) {
    this.#countClients = countClients;
  }

  tellUpdate(update: WireUpdate): readonly DashboardEvent[] {
    if (update.type === 'health_update') return this.#tellHealth(update);
    return update.type === 'gap_update' ? this.#tellGap(update) : [];
  }

  tellStatus(message: StatusMessage): readonly DashboardEvent[] {
    const { status, source, time } = message;
    const base = { id: `${status}-${time}`, message: message.message, venue: null, source, time };
    switch (status) {
      case 'feed-lost':
        return [{ ...base, type: 'alert', level: 'error', title: 'The data is cut off' }];
      case 'closing':
        return [{ ...base, type: 'alert', level: 'warning', title: 'The gateway stops' }];
      case 'expiring':
        return [{ ...base, type: 'alert', level: 'warning', title: 'The access ends soon' }];
      case 'feed-back':
        return [{ ...base, type: 'notification', title: 'The data is back' }];
      case 'source-changed':
        // Another market: its venues and counts have nothing to do with those shown.
        this.#shown = new Map();
        this.#statusByVenue = null;
        this.#openGaps.clear();
        return [{ ...base, type: 'notification', title: 'The data comes from another source' }];
      case 'connected':
      case 'resumed':
        return [];
      default:
        return assertNever(status);
    }
  }

  #tellHealth(update: HealthUpdate): readonly DashboardEvent[] {
    const { source, time, status, venues } = update;
    const metrics = {
      type: 'metrics',
      status,
      source,
      time,
      metrics: this.#metrics(update),
    } as const;
    const before = this.#statusByVenue;
    this.#statusByVenue = new Map(venues.map((venue) => [venue.venue, venue.status]));
    const changed = venues.filter(({ venue, status: now }) => before?.get(venue) !== now);
    if (changed.length === 0) return [metrics];
    const events: DashboardEvent[] = [metrics, { type: 'update', source, time, venues }];
    for (const venue of changed) {
      const told = venueChange(venue, before, update);
      if (told !== null) events.push(told);
    }
    return events;
  }

  #metrics(update: HealthUpdate): readonly DashboardMetric[] {
    const lags = update.venues.flatMap(({ lagP99Ms }) => (lagP99Ms === null ? [] : [lagP99Ms]));
    const values: readonly Omit<DashboardMetric, 'trend'>[] = [
      {
        name: 'messagesPerSec',
        value: Math.round(update.messagesPerSec * 10) / 10,
        unit: '/s',
        total: null,
      },
      { name: 'venuesLive', value: update.venuesLive, unit: 'venues', total: update.venuesTotal },
      {
        name: 'symbolsLive',
        value: update.symbolsLive,
        unit: 'symbols',
        total: update.symbolsTotal,
      },
      {
        name: 'gapsOpen',
        value: update.gapsTotal - update.gapsRepaired,
        unit: 'gaps',
        total: update.gapsTotal,
      },
      { name: 'resyncs', value: update.resyncsTotal, unit: 'resyncs', total: null },
      { name: 'reconnects', value: update.reconnectsTotal, unit: 'reconnects', total: null },
      {
        name: 'lagP99',
        value: lags.length === 0 ? null : Math.max(...lags),
        unit: 'ms',
        total: null,
      },
      { name: 'clients', value: this.#countClients(), unit: 'clients', total: null },
    ];
    const shown = this.#shown;
    this.#shown = new Map(values.map(({ name, value }) => [name, value]));
    return values.map((metric) => ({
      ...metric,
      trend: trendOf(shown.get(metric.name), metric.value),
    }));
  }

  #tellGap(update: GapUpdate): readonly DashboardEvent[] {
    const { gap, source, time, epoch, symbol } = update;
    const id = `gap-${epoch}-${gap.id}`;
    const base = { id, venue: gap.venue, source, time };
    const place = `${symbol === '' ? '' : `${symbol} `}${gap.stream} of ${gap.venue}`;
    if (gap.to === null) {
      if (this.#openGaps.has(id)) return [];
      this.#remember(id);
      return [gapAlert(update, { ...base, place })];
    }
    const wasTold = this.#openGaps.delete(id);
    const isWhole = gap.repairedBy !== null || gap.missing === 0;
    const ended: DashboardNotification = {
      ...base,
      type: 'notification',
      title: isWhole ? 'A gap is repaired' : 'A gap ended',
      message: `${place}: ${isWhole ? 'the data is complete again' : missingWords(gap.missing)}.`,
    };
    // It began and ended between two messages: that it was there is told too.
    return wasTold ? [ended] : [gapAlert(update, { ...base, place }), ended];
  }

  #remember(id: string): void {
    this.#openGaps.add(id);
    const [oldest] = this.#openGaps;
    if (this.#openGaps.size > maxOpenGaps && oldest !== undefined) this.#openGaps.delete(oldest);
  }
}

const maxOpenGaps = 10_000;

function gapAlert(
  { gap }: GapUpdate,
  {
    place,
    ...base
  }: Pick<DashboardAlert, 'id' | 'venue' | 'source' | 'time'> & { readonly place: string },
): DashboardAlert {
  return {
    ...base,
    type: 'alert',
    level: 'warning',
    title: 'Data is missing',
    message: `${place}: ${gap.cause}, since ${new Date(gap.from).toISOString()}; ${missingWords(gap.missing)}.`,
  };
}

function missingWords(missing: number | null): string {
  return missing === null ? 'how much is missing is not known' : `${missing} missing`;
}

function venueChange(
  { venue, status, note }: WireVenueHealth,
  before: ReadonlyMap<VenueId, WireVenueHealth['status']> | null,
  { source, time, epoch, seq }: HealthUpdate,
): DashboardAlert | DashboardNotification | null {
  const base = { id: `venue-${epoch}-${seq}-${venue}`, venue, source, time };
  const was = before?.get(venue);
  const message = note ?? `${venue} was ${was ?? 'not known'} and is ${status}.`;
  if (status === 'down') {
    // A venue that was never up yet starts; one that was has failed.
    if (was === undefined) return null;
    return { ...base, type: 'alert', level: 'error', title: `${venue} is down`, message };
  }
  if (status === 'degraded' && was === 'live') {
    return { ...base, type: 'alert', level: 'warning', title: `${venue} is degraded`, message };
  }
  if (status === 'live' && was !== undefined) {
    return { ...base, type: 'notification', title: `${venue} is live again`, message };
  }
  return null;
}

function trendOf(before: number | null | undefined, now: number | null): DashboardMetric['trend'] {
  if (before === null || before === undefined || now === null) return null;
  if (before === now) return 'stable';
  return now > before ? 'up' : 'down';
}
