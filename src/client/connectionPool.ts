import type { ClientTimers } from './clientClock.ts';
import { systemClientClock } from './clientClock.ts';

/** What a pool or a registry keeps; a client, a socket or a stream. */
export interface ClosableConnection {
  close(): void;
}

export interface ConnectionPoolOptions<Connection extends ClosableConnection> {
  readonly open: (key: string) => Connection;
  readonly maxConnections?: number;
  readonly idleTimeoutMs?: number;
  readonly healthCheckIntervalMs?: number;
  /** Asked at every health check; a connection that is not healthy is closed, and the next that asks opens another. */
  readonly isHealthy?: (connection: Connection) => boolean;
  readonly clock?: ClientTimers;
}

export const connectionPoolDefaults = {
  maxConnections: 10,
  idleTimeoutMs: 300_000,
  healthCheckIntervalMs: 60_000,
} as const;

/** All connections are in use. Release one, or allow more. */
export class PoolExhaustedError extends Error {
  override readonly name = 'PoolExhaustedError';
  readonly code = 'POOL_EXHAUSTED';
  readonly maxConnections: number;

  constructor(maxConnections: number) {
    super(
      `All ${maxConnections} connections of the pool are in use: release one, or raise maxConnections.`,
    );
    this.maxConnections = maxConnections;
  }
}

export interface PooledConnection<Connection> {
  readonly connection: Connection;
  /** Gives it back; safe to call twice. */
  release(): void;
}

export interface ConnectionPoolMetrics {
  readonly connections: number;
  readonly busy: number;
  readonly idle: number;
  readonly opened: number;
  readonly reused: number;
  readonly evicted: number;
  readonly unhealthy: number;
  readonly exhausted: number;
}

interface Slot<Connection> {
  readonly key: string;
  readonly connection: Connection;
  users: number;
  idleSinceMs: number;
  cancelIdle: (() => void) | null;
}

/** Connections shared by key and kept for a while; never more than `maxConnections`, busy or idle. */
export class ConnectionPool<Connection extends ClosableConnection> {
  private readonly options: ConnectionPoolOptions<Connection>;
  private readonly maxConnections: number;
  private readonly idleTimeoutMs: number;
  private readonly clock: ClientTimers;
  private readonly slots = new Map<string, Slot<Connection>>();
  private readonly counts = { opened: 0, reused: 0, evicted: 0, unhealthy: 0, exhausted: 0 };
  private cancelHealthCheck: (() => void) | null = null;
  private isDestroyed = false;

  constructor(options: ConnectionPoolOptions<Connection>) {
    this.options = options;
    this.maxConnections = options.maxConnections ?? connectionPoolDefaults.maxConnections;
    this.idleTimeoutMs = options.idleTimeoutMs ?? connectionPoolDefaults.idleTimeoutMs;
    this.clock = options.clock ?? systemClientClock;
  }

  acquire(key: string): PooledConnection<Connection> {
    if (this.isDestroyed) throw new Error('The pool is destroyed.');
    const slot = this.slots.get(key) ?? this.openSlot(key);
    if (slot.users > 0 || slot.cancelIdle !== null) this.counts.reused += 1;
    slot.cancelIdle?.();
    slot.cancelIdle = null;
    slot.users += 1;
    let isReleased = false;
    return {
      connection: slot.connection,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.release(slot);
      },
    };
  }

  get metrics(): ConnectionPoolMetrics {
    const connections = this.slots.size;
    const busy = [...this.slots.values()].filter(({ users }) => users > 0).length;
    return { connections, busy, idle: connections - busy, ...this.counts };
  }

  /** Closes all, also those in use; safe to call twice. */
  destroy(): void {
    this.isDestroyed = true;
    this.cancelHealthCheck?.();
    this.cancelHealthCheck = null;
    for (const slot of [...this.slots.values()]) this.closeSlot(slot);
  }

  private openSlot(key: string): Slot<Connection> {
    if (this.slots.size >= this.maxConnections) this.evictOldestIdle();
    const connection = this.options.open(key);
    const slot = { key, connection, users: 0, idleSinceMs: 0, cancelIdle: null };
    this.slots.set(key, slot);
    this.counts.opened += 1;
    if (this.cancelHealthCheck === null) this.planHealthCheck();
    return slot;
  }

  private evictOldestIdle(): void {
    let oldest: Slot<Connection> | null = null;
    for (const slot of this.slots.values()) {
      if (slot.users === 0 && (oldest === null || slot.idleSinceMs < oldest.idleSinceMs)) {
        oldest = slot;
      }
    }
    if (oldest === null) {
      this.counts.exhausted += 1;
      throw new PoolExhaustedError(this.maxConnections);
    }
    this.counts.evicted += 1;
    this.closeSlot(oldest);
  }

  private release(slot: Slot<Connection>): void {
    slot.users -= 1;
    // It may have been closed while in use: unhealthy, or with the pool.
    if (slot.users > 0 || this.slots.get(slot.key) !== slot) return;
    slot.idleSinceMs = this.clock.monotonicMs();
    slot.cancelIdle = this.clock.after(this.idleTimeoutMs, () => {
      this.counts.evicted += 1;
      this.closeSlot(slot);
    });
  }

  private closeSlot(slot: Slot<Connection>): void {
    slot.cancelIdle?.();
    slot.cancelIdle = null;
    this.slots.delete(slot.key);
    if (this.slots.size === 0) {
      this.cancelHealthCheck?.();
      this.cancelHealthCheck = null;
    }
    slot.connection.close();
  }

  private planHealthCheck(): void {
    const { isHealthy, healthCheckIntervalMs } = this.options;
    if (isHealthy === undefined) return;
    const delayMs = healthCheckIntervalMs ?? connectionPoolDefaults.healthCheckIntervalMs;
    this.cancelHealthCheck = this.clock.after(delayMs, () => {
      this.cancelHealthCheck = null;
      for (const slot of [...this.slots.values()]) {
        if (isHealthy(slot.connection)) continue;
        this.counts.unhealthy += 1;
        this.closeSlot(slot);
      }
      if (this.slots.size > 0 && this.cancelHealthCheck === null) this.planHealthCheck();
    });
  }
}
