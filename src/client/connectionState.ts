import type { ConnectionReason, ConnectionStatus } from '../shared/feedHealth.ts';

/** The states of a connection as programs that embed the client know them. */
export const connectionStates = [
  'CONNECTING',
  'CONNECTED',
  'DISCONNECTED',
  'RECONNECTING',
  'ERROR',
  'CLOSED',
] as const;
export type ConnectionState = (typeof connectionStates)[number];

/**
 * Where each state may lead. `DISCONNECTED`: nothing is asked for. `ERROR`: refused, and tried again by itself. `CLOSED`:
 * ended by us, until somebody connects again.
 */
export const legalTransitions: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  DISCONNECTED: ['CONNECTING', 'CLOSED'],
  CONNECTING: ['CONNECTED', 'RECONNECTING', 'ERROR', 'DISCONNECTED', 'CLOSED'],
  CONNECTED: ['RECONNECTING', 'ERROR', 'DISCONNECTED', 'CLOSED'],
  RECONNECTING: ['CONNECTING', 'ERROR', 'DISCONNECTED', 'CLOSED'],
  ERROR: ['CONNECTING', 'RECONNECTING', 'DISCONNECTED', 'CLOSED'],
  CLOSED: ['CONNECTING', 'DISCONNECTED'],
};

export function mayFollow(from: ConnectionState, to: ConnectionState): boolean {
  return from === to || legalTransitions[from].includes(to);
}

export interface EngineConnection {
  readonly status: ConnectionStatus;
  readonly reason: ConnectionReason | null;
}

/** The engine's words for a connection, told in six. Data decides: a socket that is only open is not connected. */
export function stateOfConnection({ status, reason }: EngineConnection): ConnectionState {
  switch (status) {
    case 'live':
      return 'CONNECTED';
    case 'connecting':
    case 'subscribing':
      return 'CONNECTING';
    case 'reconnecting':
      if (reason === 'refused' || reason === 'banned' || reason === 'rate-limited') return 'ERROR';
      // Without a reason it is the first attempt, not a way back.
      return reason === null ? 'CONNECTING' : 'RECONNECTING';
    case 'closed':
      return reason === 'paused' ? 'CLOSED' : 'DISCONNECTED';
    default:
      return status satisfies never;
  }
}

/**
 * What a listener hears when the engine is seen in one state after another: polls may have missed what lay between, and
 * the table is never left.
 */
export function pathBetween(
  from: ConnectionState,
  to: ConnectionState,
): readonly ConnectionState[] {
  if (from === to) return [];
  const paths: ConnectionState[][] = [[from]];
  for (const path of paths) {
    const last = path.at(-1) ?? from;
    for (const next of legalTransitions[last]) {
      if (next === to) return [...path.slice(1), next];
      if (!path.includes(next)) paths.push([...path, next]);
    }
  }
  return [];
}

export type FourStates = 'connecting' | 'connected' | 'disconnected' | 'error';

export function toFourStates(state: ConnectionState): FourStates {
  switch (state) {
    case 'CONNECTING':
    case 'RECONNECTING':
      return 'connecting';
    case 'CONNECTED':
      return 'connected';
    case 'DISCONNECTED':
    case 'CLOSED':
      return 'disconnected';
    case 'ERROR':
      return 'error';
    default:
      return state satisfies never;
  }
}

export type ThreeStates = 'connected' | 'disconnected' | 'error';

export function toThreeStates(state: ConnectionState): ThreeStates {
  const four = toFourStates(state);
  return four === 'connecting' ? 'disconnected' : four;
}

export function isConnected(state: ConnectionState): boolean {
  return state === 'CONNECTED';
}
