import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { Namespace, ServerOptions } from 'socket.io';
import { createRedisClient } from './redisLink.ts';
import type { RedisClient } from './redisLink.ts';

export interface SharedRooms {
  readonly adapter: NonNullable<ServerOptions['adapter']>;
  /** After the servers that use it. */
  close(): void;
}

const keptMessages = 10_000;

/** Rooms of all gateways: the end of a login reaches every client, wherever it is connected. */
export function openSharedRooms(url: string, prefix: string): SharedRooms {
  const clients = new ClientGuard();
  const client = clients.guarded(createRedisClient(url, true));
  client.connect().catch(() => undefined);
  const byServer = new WeakMap<object, ReturnType<typeof createAdapter>>();
  // Each server has a factory of its own: one factory knows one adapter for each namespace only.
  function sharedAdapter(namespace: Namespace) {
    const known = byServer.get(namespace.server);
    const create =
      known ??
      createAdapter(client, {
        streamName: `${prefix}socket.io`,
        channelPrefix: `${prefix}socket.io`,
        maxLen: keptMessages,
        blockTimeInMs: 1_000,
      });
    byServer.set(namespace.server, create);
    return create(namespace);
  }
  return { adapter: sharedAdapter, close: () => clients.close() };
}

/**
 * The adapter leaves promises unhandled and reads again at once after whatever failure: while Redis is away or after our
 * end that would end the process, or keep it busy for ever.
 */
class ClientGuard {
  readonly #clients: RedisClient[] = [];
  #isClosed = false;

  guarded(client: RedisClient): RedisClient {
    this.#clients.push(client);
    client.on('error', () => undefined);
    return new Proxy(client, {
      get: (target, name) => {
        if (name === 'duplicate') return () => this.guarded(createCopy(target));
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...words: unknown[]): unknown => {
          if (this.#isClosed) return new Promise(() => undefined);
          const result: unknown = Reflect.apply(value, target, words);
          if (fireAndForget.has(name) && result instanceof Promise) return result.catch(() => 0);
          return result;
        };
      },
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const client of this.#clients) {
      // Of one that has no connection yet nothing is to be closed.
      if (client.isOpen) client.destroy();
    }
  }
}

const fireAndForget: ReadonlySet<string | symbol> = new Set([
  'publish',
  'subscribe',
  'connect',
  'disconnect',
  'set',
]);

function createCopy(client: RedisClient): RedisClient {
  return client.duplicate();
}
