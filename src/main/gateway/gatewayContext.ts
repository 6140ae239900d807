import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GatewayError } from '../../shared/gateway/errors.ts';
import type { EngineHost, HostLogEntry } from '../engine/host.ts';
import type { Access } from './accounts/access.ts';
import type { AllowList } from './allowList.ts';
import type { GatewayClock } from './gatewayClock.ts';
import type { MarketHub } from './hub/clientContract.ts';

/** What every group of routes and sockets of the gateway is given. */
export interface GatewayContext {
  readonly server: FastifyInstance;
  readonly hub: MarketHub;
  readonly access: Access;
  /** Of hosts and origins; known for certain once the server listens. */
  readonly allowList: () => AllowList;
  /** Null in a gateway that serves from Redis alone. */
  readonly host: EngineHost | null;
  readonly clock: GatewayClock;
  readonly version: string;
  readonly log: (entry: HostLogEntry) => void;
  /** The one form of a refusal: status, security headers, `no-store`, `{ "error": { code, message, ... } }`. */
  readonly refuse: (reply: FastifyReply, error: GatewayError) => FastifyReply;
}

/** Part of a running gateway that has something to end. */
export interface GatewayPart {
  close(): Promise<void> | void;
}
