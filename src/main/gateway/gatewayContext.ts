import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GatewayError } from '../../shared/gateway/errors.ts';
import type { EngineHost, HostLogEntry } from '../engine/host.ts';
import type { Access } from './accounts/access.ts';
import type { AllowList } from './allowList.ts';
import type { GatewayClock } from './gatewayClock.ts';
import type { MarketHub } from './hub/clientContract.ts';
import type { UpgradeRoutes } from './upgradeRoutes.ts';

/** What a person chose on the command line. */
export interface GatewaySettings {
  /** Of WebSocket, Socket.IO and long polling; a peer that says nothing for two of them is gone. */
  readonly heartbeatMs: number;
  readonly sseHeartbeatMs: number;
  /** WebSocket messages are compressed (permessage-deflate) for clients that offer it. */
  readonly compress: boolean;
}

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
  readonly settings: GatewaySettings;
  /** The one way to take WebSocket upgrades: host and origin have been checked before a taker is called. */
  readonly upgrades: UpgradeRoutes;
  readonly log: (entry: HostLogEntry) => void;
  /** The one form of a refusal: status, security headers, `no-store`, `{ "error": { code, message, ... } }`. */
  readonly refuse: (reply: FastifyReply, error: GatewayError) => FastifyReply;
}

/** Part of a running gateway that has something to end. */
export interface GatewayPart {
  /** The gateway is about to stop: everybody is still connected, and nobody has been told. */
  announceEnd?(message: string): void;
  close(): Promise<void> | void;
}
