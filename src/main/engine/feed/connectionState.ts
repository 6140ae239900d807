import type { ConnectionReason, ConnectionStatus } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { ConnectionMeterSaved } from './connectionMeter.ts';
import type { RotationSaved } from './rotation.ts';
import type { SocketSaved } from './socket.ts';

export interface ConnectionDefinition {
  readonly name: string;
  readonly route: string;
  readonly path: string;
}

export interface ConnectionSaved {
  readonly definition: ConnectionDefinition;
  readonly state: ConnectionState;
  readonly topics: readonly string[];
  readonly active: SocketSaved | null;
  readonly successor: SocketSaved | null;
  readonly rotation: RotationSaved | null;
  readonly meter: ConnectionMeterSaved;
}

/** How a connection stands, as plain values. */
export interface ConnectionState {
  status: ConnectionStatus;
  reason: ConnectionReason | null;
  since: EpochMs;
  generation: number;
  nextAttemptTime: EpochMs | null;
  attempt: number;
  paused: boolean;
  openedOnce: boolean;
  /** A second socket was asked for and has not been opened yet. */
  rotating: boolean;
}

/** Deadlines that end with the sockets of a connection. */
export const connectionDeadlines = [
  'attempt',
  'handshake',
  'heartbeat',
  'pong',
  'goodData',
  'age',
  'handover',
  'doubt',
] as const;
