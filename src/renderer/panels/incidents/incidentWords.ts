import type { Incident, IncidentKind, IncidentOutcome } from '../../../shared/incidents.ts';
import type { StreamChannel } from '../../../shared/feedHealth.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/quantity.ts';
import type { Validity } from '../../widgets/validity.ts';

export const kindNames: Readonly<Record<IncidentKind, string>> = {
  disconnected: 'Disconnected',
  unreachable: 'Cannot be reached',
  rateLimited: 'Asked to wait',
  banned: 'Banned',
  rejected: 'Subscription refused',
  stale: 'Stale',
  resync: 'Book resyncing',
  gap: 'Gap',
  late: 'Late data',
  outlier: 'Outlier price',
  clock: 'Clock is off',
  apiChange: 'API changed',
  closed: 'Market closed',
  blocked: 'Engine stood still',
  slept: 'Machine slept',
};

const endedNames: Readonly<Partial<Record<IncidentKind, string>>> = {
  resync: 'Book resynced',
};

const channelWords: Readonly<Record<StreamChannel, string>> = {
  trade: 'trades',
  book: 'book',
  bbo: 'quotes',
  ticker: 'ticker',
  candle: 'candles',
};

export const outcomeWords: Readonly<Record<IncidentOutcome, string>> = {
  running: 'running',
  recovered: 'recovered',
  repaired: 'repaired',
  partlyRepaired: 'partly repaired',
  notRepaired: 'not repaired',
};

const runningMark: Readonly<Record<IncidentKind, Validity>> = {
  disconnected: 'disconnected',
  unreachable: 'disconnected',
  rateLimited: 'connecting',
  banned: 'error',
  rejected: 'error',
  stale: 'stale',
  resync: 'resyncing',
  gap: 'gap',
  late: 'stale',
  outlier: 'error',
  clock: 'error',
  apiChange: 'error',
  closed: 'disconnected',
  blocked: 'stale',
  slept: 'disconnected',
};

/** While it runs, what it is; afterwards, what became of it. */
export function incidentMark(incident: Incident): Validity {
  switch (incident.outcome) {
    case 'running':
      return runningMark[incident.kind];
    case 'recovered':
    case 'repaired':
      return 'repaired';
    case 'partlyRepaired':
    case 'notRepaired':
      return 'gap';
    default:
      return incident.outcome satisfies never;
  }
}

/** A running one counts on by the clock of the host. */
export function incidentLength(incident: Incident, now: number): number {
  return incident.durationMs ?? Math.max(0, now - incident.from);
}

export function incidentTitle(incident: Incident): string {
  const ended = incident.outcome === 'running' ? undefined : endedNames[incident.kind];
  return ended ?? kindNames[incident.kind];
}

/** `BTC-USDT book`, `trades`; empty where it concerns everything of the venue. */
export function incidentPlace(incident: Incident): string {
  const market = incident.instrument === null ? null : parseInstrumentId(incident.instrument);
  const channel = incident.channel === null ? null : channelWords[incident.channel];
  return [market?.market ?? null, channel].filter((part) => part !== null).join(' ');
}

function tradeWords({ cost }: Incident): string | null {
  const { missingTrades, repairedTrades } = cost;
  if (missingTrades === null) {
    const refilled = repairedTrades > 0 ? `, ${formatCount(repairedTrades)} refilled` : '';
    return `An unknown number of trades missing${refilled}.`;
  }
  if (missingTrades === 0) return null;
  const trades = missingTrades === 1 ? '1 trade' : `${formatCount(missingTrades)} trades`;
  if (repairedTrades >= missingTrades) return `${trades} refilled by REST.`;
  if (repairedTrades === 0) return `${trades} missing.`;
  return `${formatCount(repairedTrades)} of ${trades} refilled by REST.`;
}

function sentence(words: string): string {
  const start = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/** Cause and effect in one line: what is known, and nothing that is not. */
export function incidentEffect(incident: Incident): string {
  const { attempts, cost, cause } = incident;
  const place = incidentPlace(incident);
  return [
    place === '' ? null : `${place.charAt(0).toUpperCase()}${place.slice(1)}.`,
    cause === '' ? null : sentence(cause),
    attempts > 1 ? `${formatCount(attempts)} attempts.` : null,
    tradeWords(incident),
    cost.outOfPriceMs > 0 ? `Out of the price ${formatDuration(cost.outOfPriceMs)}.` : null,
  ]
    .filter((part) => part !== null)
    .join(' ');
}

export function venueWords(incident: Incident): string {
  return incident.venue === null ? 'All venues' : venueRecord(incident.venue).name;
}

/** For the ear: states without their ticking lengths. */
export function runningSentence(running: readonly Incident[]): string {
  if (running.length === 0) return 'No incident is running.';
  const count = running.length === 1 ? '1 incident running' : `${running.length} incidents running`;
  const named = running
    .slice(0, 4)
    .map((incident) => `${venueWords(incident)} ${incidentTitle(incident).toLowerCase()}`);
  return `${count}: ${named.join(', ')}.`;
}
