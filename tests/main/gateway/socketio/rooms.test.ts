import { afterEach, expect, test } from 'vitest';
import { Server } from 'socket.io';
import type { Namespace, ServerOptions } from 'socket.io';
import { io } from 'socket.io-client';
import packedParser from 'socket.io-msgpack-parser';
import type { Principal, Revocation } from '../../../../src/main/gateway/accounts/access.ts';
import { createAllowList } from '../../../../src/main/gateway/allowList.ts';
import type { AllowList } from '../../../../src/main/gateway/allowList.ts';
import { systemGatewayClock } from '../../../../src/main/gateway/gatewayClock.ts';
import type { GatewayContext } from '../../../../src/main/gateway/gatewayContext.ts';
import { createHttpServer } from '../../../../src/main/gateway/httpServer.ts';
import { createMarketHub } from '../../../../src/main/gateway/hub/createMarketHub.ts';
import { refuse } from '../../../../src/main/gateway/refuse.ts';
import { addSocketIo } from '../../../../src/main/gateway/socketio/addSocketIo.ts';
import { listenForUpgrades } from '../../../../src/main/gateway/upgradeRoutes.ts';
import { gatewayLimits } from '../../../../src/shared/gateway/limits.ts';
import { ScriptedFeed } from './scriptedFeed.ts';

const ends: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

type AdapterFactory = NonNullable<ServerOptions['adapter']>;
type Rooms = Map<string, Set<string>>;

interface Packet {
  readonly data?: readonly unknown[];
}

interface DefaultAdapter {
  readonly rooms: Rooms;
  broadcast(packet: Packet, options: { readonly flags?: { readonly local?: boolean } }): void;
}

/** The adapter of one process, whose rooms a test can look into; `main` of the server for text. */
function watchedAdapter() {
  const created: { readonly name: string; readonly rooms: Rooms }[] = [];
  /** Names of events that an adapter of several gateways would pass on. */
  const passedOn: unknown[] = [];
  const create = (namespace: Namespace) => {
    const adapter = createDefault(namespace);
    created.push({ name: namespace.name, rooms: adapter.rooms });
    const broadcast = adapter.broadcast.bind(adapter);
    adapter.broadcast = (packet, options) => {
      if (options.flags?.local !== true) passedOn.push(packet.data?.[0]);
      broadcast(packet, options);
    };
    return adapter;
  };
  const main = (): Rooms => created.find(({ name }) => name === '/')?.rooms ?? new Map();
  return { adapter: parseAdapter(create), passedOn, main };
}

function createDefault(namespace: Namespace): DefaultAdapter {
  const Default = new Server().adapter() as unknown as new (of: Namespace) => DefaultAdapter;
  return new Default(namespace);
}

/** Called with `new`: what it returns is the adapter. */
function parseAdapter(create: (namespace: Namespace) => object): AdapterFactory {
  return function adapter(namespace: Namespace) {
    return create(namespace);
  } as unknown as AdapterFactory;
}

async function openGateway(user: string | null, isShared = true) {
  let allowList: AllowList = createAllowList({ port: 0 });
  const { server } = createHttpServer({
    ...{ allowList: () => allowList, tls: null, log: () => undefined },
    ...{ refuse, maxConnectionsPerAddress: 100 },
  });
  const feed = new ScriptedFeed(['BTC-USDT', 'ETH-USDT'], Date.now);
  const clock = systemGatewayClock;
  const hub = createMarketHub({ feed, clock, version: '1.2.3', log: () => undefined });
  const principal: Principal = { user, family: user === null ? null : 'f1', expiresTime: null };
  const revoking = new Set<(revocation: Revocation) => void>();
  const context: GatewayContext = {
    ...{ server, hub, clock, refuse, host: null, version: '1.2.3', log: () => undefined },
    allowList: () => allowList,
    settings: { heartbeatMs: gatewayLimits.heartbeatMs, sseHeartbeatMs: 30_000, compress: false },
    upgrades: listenForUpgrades(server.server, () => allowList),
    access: {
      ofRequest: () => Promise.resolve({ ok: true, principal }),
      ofToken: () => Promise.resolve({ ok: true, principal }),
      spendAttempt: () => null,
      issueTicket: () => ({ ticket: '', expiresTime: 0 }),
      onRevoked(listener) {
        revoking.add(listener);
        return () => revoking.delete(listener);
      },
      close: () => undefined,
    },
  };
  const { adapter, passedOn, main } = watchedAdapter();
  const part = addSocketIo(context, isShared ? { adapter } : {});
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  allowList = createAllowList({ port: Number(new URL(url).port) });
  ends.push(async () => {
    await hub.close();
    await part.close();
    await server.close();
  });
  const connect = async ({ namespace = '', packed = false, transport = 'websocket' } = {}) => {
    const socket = io(`${url}${namespace}`, {
      ...{ transports: [transport], forceNew: true, reconnection: false },
      ...(packed ? { path: '/socket.io-msgpack/', parser: packedParser } : {}),
    });
    ends.push(() => void socket.disconnect());
    await new Promise<void>((resolve) => socket.on('welcome', () => resolve()));
    return socket;
  };
  return {
    connect,
    part,
    passedOn,
    rooms: () => new Set(main().keys()),
    size: (room: string) => main().get(room)?.size ?? 0,
    revoking,
  };
}

test('a socket is in the room of each of its channels, and in that of its user and login', async () => {
  const gateway = await openGateway('anna');
  const first = await gateway.connect();
  const second = await gateway.connect();
  await first.emitWithAck('subscribe', { channels: ['price.BTC', 'trades.BTC', 'gaps'] });
  await second.emitWithAck('subscribe', { symbols: ['BTC', 'ETH'] });
  const own = [first.id ?? '', second.id ?? '', 'user:anna', 'login:f1'];
  expect(gateway.rooms()).toEqual(
    new Set([...own, 'price.BTC-USDT', 'trades.BTC-USDT', 'gaps', 'price.ETH-USDT']),
  );
  expect(gateway.size('price.BTC-USDT')).toBe(2);
  await first.emitWithAck('unsubscribe', { channels: ['price.BTC', 'gaps'] });
  await second.emitWithAck('unsubscribe', { symbols: ['ETH'] });
  expect(gateway.rooms()).toEqual(new Set([...own, 'price.BTC-USDT', 'trades.BTC-USDT']));
  expect(gateway.size('price.BTC-USDT')).toBe(1);
  first.disconnect();
  second.disconnect();
  await expect.poll(() => gateway.rooms()).toEqual(new Set());
  await expect.poll(() => gateway.part.counts()).toEqual({ websocket: 0, polling: 0 });
});

test.each([true, false])(
  'the broadcast of an end reaches everyone here once, whatever way it came; with an adapter: %s',
  async (isShared) => {
    const gateway = await openGateway(null, isShared);
    const clients = [
      await gateway.connect(),
      await gateway.connect(),
      await gateway.connect({ namespace: '/pnl' }),
      await gateway.connect({ packed: true }),
      await gateway.connect({ transport: 'polling' }),
    ];
    const heard = clients.map((): unknown[] => []);
    clients.forEach((socket, at) =>
      socket.on('broadcast', (payload: unknown) => heard[at]?.push(payload)),
    );
    gateway.part.announceEnd('Until later.');
    const announced = {
      message: 'Until later.',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    };
    await expect.poll(() => heard).toEqual(clients.map(() => [announced]));
    expect(gateway.passedOn).toEqual([]);
  },
);

test('the end of a login reaches its room, and the hub', async () => {
  const gateway = await openGateway('anna');
  const socket = await gateway.connect();
  const heard: string[] = [];
  socket.onAny((event: string) => heard.push(event));
  for (const listener of gateway.revoking) listener({ user: 'anna', family: 'f1' });
  await expect.poll(() => socket.connected).toBe(false);
  expect(heard).toEqual(['error', 'auth_error', 'connection_status']);
  expect(gateway.passedOn).toContain('auth_error');
});
