import { expect, test } from 'vitest';
import { ConnectionPool, PoolExhaustedError } from '../../src/client/connectionPool.ts';
import { ConnectionRegistry } from '../../src/client/connectionRegistry.ts';
import { VirtualClock } from '../support/virtualClock.ts';

class FakeConnection {
  isOpen = true;
  isHealthy = true;
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  close(): void {
    this.isOpen = false;
  }
}

function poolOn(clock: VirtualClock): {
  readonly pool: ConnectionPool<FakeConnection>;
  readonly open: () => readonly string[];
} {
  const made: FakeConnection[] = [];
  const pool = new ConnectionPool<FakeConnection>({
    clock,
    isHealthy: ({ isHealthy }) => isHealthy,
    open: (key) => {
      const connection = new FakeConnection(key);
      made.push(connection);
      return connection;
    },
  });
  const open = (): readonly string[] => made.filter((each) => each.isOpen).map(({ key }) => key);
  return { pool, open };
}

const tenKeys = Array.from({ length: 10 }, (_, index) => `k${index}`);

test('the 11th of busy connections is refused with POOL_EXHAUSTED, idle ones go after 5 min [S3-20]', () => {
  const clock = new VirtualClock();
  const { pool, open } = poolOn(clock);
  const held = tenKeys.map((key) => pool.acquire(key));
  let refusal: unknown;
  try {
    pool.acquire('k10');
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(PoolExhaustedError);
  expect(refusal).toMatchObject({ code: 'POOL_EXHAUSTED', maxConnections: 10 });
  expect([open(), pool.metrics.exhausted]).toEqual([tenKeys, 1]);

  held[3]?.release();
  clock.advance(1_000);
  held[1]?.release();
  held[1]?.release();
  pool.acquire('k10');
  expect(open()).toEqual(['k0', 'k1', 'k2', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9', 'k10']);

  clock.advance(299_999);
  expect(open()).toContain('k1');
  clock.advance(1);
  expect(open()).not.toContain('k1');
  expect(pool.metrics).toEqual({
    ...{ connections: 9, busy: 9, idle: 0, opened: 11, reused: 0, evicted: 2 },
    ...{ unhealthy: 0, exhausted: 1 },
  });
  pool.destroy();
  pool.destroy();
  expect([open(), clock.pending]).toEqual([[], 0]);
  expect(() => pool.acquire('k0')).toThrow('destroyed');
});

test('one key is one connection until the last user releases it, and comes back while it idles [S3-20]', () => {
  const clock = new VirtualClock();
  const { pool, open } = poolOn(clock);
  const [left, right] = [pool.acquire('k'), pool.acquire('k')];
  expect(left.connection).toBe(right.connection);
  left.release();
  clock.advance(400_000);
  expect(open()).toEqual(['k']);
  right.release();
  clock.advance(200_000);
  const again = pool.acquire('k');
  clock.advance(400_000);
  expect([again.connection === left.connection, open(), pool.metrics.reused]).toEqual([
    true,
    ['k'],
    2,
  ]);
});

test('an unhealthy connection is closed within a minute and replaced for who asks next [S3-20]', () => {
  const clock = new VirtualClock();
  const { pool, open } = poolOn(clock);
  const sick = pool.acquire('k');
  sick.connection.isHealthy = false;
  clock.advance(59_999);
  expect(open()).toEqual(['k']);
  clock.advance(1);
  expect(open()).toEqual([]);
  const fresh = pool.acquire('k');
  sick.release();
  clock.advance(600_000);
  expect([fresh.connection.isOpen, pool.metrics.unhealthy, pool.metrics.busy]).toEqual([
    true,
    1,
    1,
  ]);
});

test('a registry holds one connection of a name, replaces by closing first, and closes all [S3-19]', () => {
  const registry = new ConnectionRegistry();
  let told = 0;
  const leave = registry.onChange(() => (told += 1));
  const first = registry.create('prices', () => new FakeConnection('first'));
  const second = registry.create('prices', () => {
    expect(first.isOpen).toBe(false);
    return new FakeConnection('second');
  });
  const other = registry.create('alerts', () => new FakeConnection('other'));
  expect([registry.get('prices') === second, registry.names()]).toEqual([
    true,
    ['prices', 'alerts'],
  ]);
  expect(registry.names()).toBe(registry.names());
  expect(() =>
    registry.create('prices', () => {
      throw new Error('refused');
    }),
  ).toThrow('refused');
  expect([second.isOpen, registry.get('prices'), registry.names()]).toEqual([
    false,
    null,
    ['alerts'],
  ]);
  registry.closeAll();
  registry.closeAll();
  expect([other.isOpen, registry.names(), registry.close('alerts'), told]).toEqual([
    false,
    [],
    false,
    5,
  ]);
  leave();
});
