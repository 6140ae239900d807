import type { IncomingMessage } from 'node:http';
import type { Access, AccessResult, Principal } from '../../src/main/gateway/accounts/access.ts';
import { createAllowList } from '../../src/main/gateway/allowList.ts';
import type { GatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import type { GatewayContext, GatewayPart } from '../../src/main/gateway/gatewayContext.ts';
import { addMarketRoutes } from '../../src/main/gateway/http/marketRoutes.ts';
import { createHttpServer } from '../../src/main/gateway/httpServer.ts';
import type { MarketHub } from '../../src/main/gateway/hub/clientContract.ts';
import { createMarketHub } from '../../src/main/gateway/hub/createMarketHub.ts';
import type { HubLimits } from '../../src/main/gateway/hub/hubLimits.ts';
import type { MarketFeed } from '../../src/main/gateway/hub/marketFeed.ts';
import { refuse } from '../../src/main/gateway/refuse.ts';
import { addSocketIo } from '../../src/main/gateway/socketio/addSocketIo.ts';
import { addStreams } from '../../src/main/gateway/streams/addStreams.ts';
import { listenForUpgrades } from '../../src/main/gateway/upgradeRoutes.ts';
import type { MemoryNet, Wire } from './gatewayChaosNet.ts';

/** A token that says whose it is and how long it counts; the client reads its expiry as it does that of a real one. */
export function chaosToken(user: string, expiresTime: number): string {
  const claims = JSON.stringify({ sub: user, exp: expiresTime / 1_000 });
  return `e30.${Buffer.from(claims).toString('base64url')}.signed`;
}

interface Claims {
  readonly sub: string;
  readonly exp: number;
}

function parseClaims(token: string): Claims {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Claims;
}

/** Nothing of it leaves the turn in which it is asked, so that a run is the same each time. */
function openAccess(clock: GatewayClock): Access {
  const check = (token: unknown): AccessResult => {
    if (typeof token !== 'string') {
      return { ok: false, error: { code: 'UNAUTHORIZED', message: 'There is no token.' } };
    }
    const { sub: user, exp } = parseClaims(token);
    const expiresTime = exp * 1_000;
    if (expiresTime <= clock.wallMs()) {
      return { ok: false, error: { code: 'TOKEN_EXPIRED', message: 'The token has expired.' } };
    }
    const principal: Principal = { user, family: `f-${user}`, expiresTime };
    return { ok: true, principal };
  };
  return {
    ofRequest: ({ headers }: IncomingMessage) =>
      Promise.resolve(check(headers.authorization?.replace(/^Bearer /, ''))),
    ofToken: (token) => Promise.resolve(check(token)),
    spendAttempt: () => null,
    issueTicket: () => {
      throw new Error('nobody asks for tickets here');
    },
    onRevoked: () => () => undefined,
    close: () => undefined,
  };
}

/** The gateway's own routes and sockets on a server that listens nowhere: connections come from memory. */
export class ChaosGateway {
  readonly hub: MarketHub;
  readonly logged: string[] = [];
  isUp = true;
  readonly #net: MemoryNet;
  readonly #context: GatewayContext;
  readonly #parts: readonly GatewayPart[];
  readonly #wires = new Set<Wire>();

  private constructor(
    net: MemoryNet,
    clock: GatewayClock,
    feed: MarketFeed,
    limits: Partial<HubLimits>,
  ) {
    this.#net = net;
    const log = ({ level, text }: { readonly level: string; readonly text: string }): void => {
      if (level === 'error') this.logged.push(text);
    };
    this.hub = createMarketHub({ feed, clock, version: '1.2.3', log, limits });
    const allowList = createAllowList({ port: 80 });
    const { server } = createHttpServer({
      allowList: () => allowList,
      tls: null,
      log,
      maxConnectionsPerAddress: 100_000,
    });
    this.#context = {
      ...{ server, hub: this.hub, access: openAccess(clock), allowList: () => allowList },
      ...{ host: null, clock, version: '1.2.3', log, refuse },
      settings: { heartbeatMs: 25_000, sseHeartbeatMs: 30_000, compress: false },
      upgrades: listenForUpgrades(server.server, () => allowList),
    };
    addMarketRoutes(this.#context);
    this.#parts = [addStreams(this.#context), addSocketIo(this.#context)];
  }

  static async open(
    net: MemoryNet,
    clock: GatewayClock,
    feed: MarketFeed,
    limits: Partial<HubLimits> = {},
  ): Promise<ChaosGateway> {
    const gateway = new ChaosGateway(net, clock, feed, limits);
    await gateway.#context.server.ready();
    return gateway;
  }

  /** Null: it is gone. */
  connect(): Wire | null {
    if (!this.isUp) return null;
    const wire = this.#net.connect(this.#context.server.server);
    this.#wires.add(wire);
    wire.once('close', () => this.#wires.delete(wire));
    return wire;
  }

  /** As `kill -9`: its clients see their connections end, and nothing is said. */
  cutAll(): void {
    this.isUp = false;
    for (const wire of [...this.#wires]) wire.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    const closing = Promise.all(this.#parts.map(async (part) => part.close()));
    await this.hub.close();
    await closing;
    this.#context.upgrades.close();
    await this.#context.server.close();
  }
}
