import type { ConnectionHealth, FeedHealth, StreamHealth } from '../../shared/feedHealth.ts';
import { neededConnections, priceConnections } from '../../shared/feedHealth.ts';
import { venues } from '../../shared/venues.ts';
import { useHealth } from '../store/hooks.ts';
import type { CoverageCell, CoverageState } from '../widgets/validity.ts';
import { connectionValidity } from '../widgets/validity.ts';
import { useCoverage, useLinked, useLinkedMarket } from './session.ts';

function connectionState(connections: readonly ConnectionHealth[]): CoverageState | null {
  const states = connections.map(connectionValidity);
  if (states.includes('disconnected')) return 'disconnected';
  const starts = ({ status }: ConnectionHealth) => status !== 'live' && status !== 'subscribing';
  if (connections.some(starts)) return 'connecting';
  return connections.every((connection) => connection.status !== 'live') ? 'connecting' : null;
}

/** A venue's state: its worst connection, else what most of its streams say. */
function venueState(
  connections: readonly ConnectionHealth[],
  streams: readonly StreamHealth[],
): CoverageState {
  const byConnection = connectionState(connections);
  if (byConnection !== null) return byConnection;
  const share = (status: StreamHealth['status']) =>
    streams.filter((stream) => stream.status === status).length / Math.max(1, streams.length);
  if (share('stale') + share('failed') > 0.5) return 'stale';
  return share('resyncing') > 0.5 ? 'resyncing' : 'live';
}

/** One cell per venue of the engine, in their fixed order; venues without a connection are not part of it. */
function connectionCells(health: FeedHealth | null, linked: boolean): readonly CoverageCell[] {
  return venues.flatMap(({ id }): CoverageCell[] => {
    if (health === null) {
      return [{ venue: id, state: linked ? 'connecting' : 'disconnected', note: null }];
    }
    const own = health.connections.filter((connection) => connection.venue === id);
    const streams = health.streams.filter((stream) => stream.venue === id);
    const connections = neededConnections(own, streams);
    if (connections.length === 0) return [];
    if (!linked) return [{ venue: id, state: 'disconnected', note: null }];
    if (connections.every((connection) => connection.reason === 'paused')) {
      return [{ venue: id, state: 'disconnected', note: 'paused by you' }];
    }
    const ofPrices = priceConnections(connections, streams);
    const others = connections.filter((connection) => !ofPrices.includes(connection));
    const state = venueState(ofPrices, streams);
    const isPart = state === 'live' && others.length > 0 && connectionState(others) !== null;
    return [{ venue: id, state, note: isPart ? 'candles only' : null }];
  });
}

const troubles: ReadonlySet<CoverageState> = new Set(['stale', 'resyncing', 'disconnected']);

/**
 * How each venue stands as a whole: by its connections, and where those are well by what it adds to the market that
 * the window follows. So the title, the bars and the panels of that market never contradict one another.
 */
export function combineCells(
  health: FeedHealth | null,
  linked: boolean,
  ofMarket: readonly CoverageCell[],
): readonly CoverageCell[] {
  const counts = ofMarket.some(({ state }) => state === 'live');
  return connectionCells(health, linked).map((cell) => {
    const inMarket = ofMarket.find((candidate) => candidate.venue === cell.venue);
    if (cell.state !== 'live' || inMarket === undefined) return cell;
    // Where no venue counts yet, the market was only just asked for; beside others that count, this one is out.
    const isOut = troubles.has(inMarket.state) || (counts && inMarket.state === 'connecting');
    return isOut ? inMarket : cell;
  });
}

export function useVenueCells(): readonly CoverageCell[] {
  const linked = useLinked();
  return combineCells(useHealth(), linked, useCoverage(useLinkedMarket(1)));
}
