import type { FeedHealth, HeldSizes } from '../../../shared/feedHealth.ts';
import type { HostStatus } from '../../../shared/values.ts';
import type { IngesterRecord } from './ingesterRecord.ts';
import { leadingSource } from './ingesterRecord.ts';

/** Markets that the processes listen to, and of which something comes at one of them at least. */
export interface HeardSymbols {
  readonly total: number;
  readonly live: number;
}

/** All publishing processes as one: a venue is live where it is live with each of them. Null: there is none. */
export function mergeStatus(
  records: readonly IngesterRecord[],
  symbols: HeardSymbols,
): HostStatus | null {
  const source = leadingSource(records);
  const statuses = records.filter((record) => record.source === source).map(({ status }) => status);
  const [first, ...others] = statuses;
  if (first === undefined) return null;
  const merged = others.reduce<HostStatus>(
    (sum, status) => ({
      ...sum,
      startedTime: Math.min(sum.startedTime, status.startedTime),
      watchedSince: Math.max(sum.watchedSince, status.watchedSince),
      queuedMessages: Math.max(sum.queuedMessages, status.queuedMessages),
      venuesLive: Math.min(sum.venuesLive, status.venuesLive),
      venuesTotal: Math.max(sum.venuesTotal, status.venuesTotal),
      symbolsLive: Math.max(sum.symbolsLive, status.symbolsLive),
      symbolsTotal: Math.max(sum.symbolsTotal, status.symbolsTotal),
      messagesPerSec: sum.messagesPerSec + status.messagesPerSec,
      loop: (status.loop?.p99Ms ?? 0) > (sum.loop?.p99Ms ?? 0) ? status.loop : sum.loop,
    }),
    first,
  );
  // Until they have said what they hear, each counts its own list.
  if (symbols.total === 0) return merged;
  return { ...merged, symbolsLive: symbols.live, symbolsTotal: symbols.total };
}

export interface NamedHealth {
  /** Of the process. */
  readonly name: string;
  readonly health: FeedHealth;
}

/** Connections and streams of all processes, under names that tell them apart; null: of none. */
export function mergeHealth(parts: readonly NamedHealth[]): FeedHealth | null {
  const [first, ...others] = parts;
  if (first === undefined) return null;
  if (others.length === 0) return first.health;
  return others.reduce((sum, part) => addHealth(sum, named(part)), named(first));
}

function named({ name, health }: NamedHealth): FeedHealth {
  const inside = <Part extends { readonly connection: string }>(part: Part): Part => ({
    ...part,
    connection: `${name}/${part.connection}`,
  });
  return {
    ...health,
    connections: health.connections.map(inside),
    streams: health.streams.map(inside),
  };
}

function addHealth(left: FeedHealth, right: FeedHealth): FeedHealth {
  return {
    time: Math.max(left.time, right.time),
    connections: [...left.connections, ...right.connections],
    streams: [...left.streams, ...right.streams],
    errors: [...left.errors, ...right.errors].sort((one, other) => one.time - other.time),
    apiChanges: [...left.apiChanges, ...right.apiChanges],
    messagesPerSec: left.messagesPerSec + right.messagesPerSec,
    gapsTotal: left.gapsTotal + right.gapsTotal,
    gapsRepaired: left.gapsRepaired + right.gapsRepaired,
    resyncsTotal: left.resyncsTotal + right.resyncsTotal,
    reconnectsTotal: left.reconnectsTotal + right.reconnectsTotal,
    decodeErrorsTotal: left.decodeErrorsTotal + right.decodeErrorsTotal,
    sizes: addSizes(left.sizes, right.sizes),
  };
}

function addSizes(left: HeldSizes, right: HeldSizes): HeldSizes {
  return {
    bookLevels: left.bookLevels + right.bookLevels,
    heldUpdates: left.heldUpdates + right.heldUpdates,
    trades: left.trades + right.trades,
    gaps: left.gaps + right.gaps,
    incidents: left.incidents + right.incidents,
    requests: left.requests + right.requests,
  };
}
