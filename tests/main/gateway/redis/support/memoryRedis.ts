import type {
  Beat,
  BeatRole,
  ClusterView,
  Lease,
  LeaseStep,
  PublishedBatch,
  RedisPort,
} from '../../../../../src/main/gateway/redis/redisPort.ts';
import { RedisAwayError } from '../../../../../src/main/gateway/redis/redisPort.ts';
import type { VirtualClock } from '../../../../support/virtualClock.ts';

/** Members, leases and batches as Redis keeps them, on virtual time. Each process has a port of its own. */
export class MemoryRedis {
  readonly clock: VirtualClock;
  readonly published: {
    readonly owner: string;
    readonly market: string;
    readonly fence: number;
  }[] = [];
  wants: readonly string[] = [];
  #fence = 0;
  readonly #leases = new Map<string, Lease & { readonly untilMs: number }>();
  readonly #members = new Map<string, { readonly record: string; readonly untilMs: number }>();

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  ownerOf(market: string): string | null {
    return this.#leaseOf(market)?.owner ?? null;
  }

  #leaseOf(market: string) {
    const lease = this.#leases.get(market);
    return lease !== undefined && lease.untilMs > this.clock.monotonicMs() ? lease : null;
  }

  beat({ role, id, record, keepMs, wantsVersion }: Beat): ClusterView {
    const now = this.clock.monotonicMs();
    if (role === 'ingester') this.#members.set(id, { record, untilMs: now + keepMs });
    const alive = [...this.#members].filter(([, { untilMs }]) => untilMs > now);
    const version = this.wants.join(',');
    return {
      time: now,
      run: 'run',
      ingesters: new Map(alive.map(([name, member]) => [name, member.record])),
      gateways: 1,
      hasWants: true,
      wantsVersion: version,
      wants: version === wantsVersion ? null : this.wants,
    };
  }

  leave(_role: BeatRole, id: string): void {
    this.#members.delete(id);
  }

  lease(owner: string, step: LeaseStep, keepMs: number): Lease | null {
    const held = this.#leaseOf(step.market);
    const untilMs = this.clock.monotonicMs() + keepMs;
    if (step.type === 'claim' && held === null) {
      this.#fence += 1;
      this.#leases.set(step.market, { owner, fence: this.#fence, untilMs });
    } else if (step.type === 'renew' || step.type === 'release') {
      if (held?.owner !== owner || held.fence !== step.fence) return held;
      if (step.type === 'renew') this.#leases.set(step.market, { ...held, untilMs });
      else this.#leases.delete(step.market);
    }
    return this.#leaseOf(step.market);
  }

  publish({ owner, markets }: PublishedBatch): readonly string[] {
    const refused: string[] = [];
    for (const { market, fence, eventCount } of markets) {
      const held = this.#leaseOf(market);
      if (held?.owner !== owner || held.fence !== fence) refused.push(market);
      else
        for (let count = 0; count < eventCount; count++)
          this.published.push({ owner, market, fence });
    }
    return refused;
  }
}

/** `isCut`: this process alone has no way to Redis, or does not get to run. */
export function memoryPort(redis: MemoryRedis): RedisPort & { isCut: boolean } {
  const links = new Set<(isUp: boolean) => void>();
  const reach = <Result>(run: () => Result): Promise<Result> =>
    port.isCut ? Promise.reject(new RedisAwayError('cut')) : Promise.resolve(run());
  const never = (): Promise<never> => new Promise(() => undefined);
  const port: RedisPort & { isCut: boolean } = {
    isCut: false,
    isUp: () => !port.isCut,
    onLink(listener) {
      links.add(listener);
      listener(!port.isCut);
      return () => links.delete(listener);
    },
    beat: (beat) => reach(() => redis.beat(beat)),
    leave: (role, id) => reach(() => redis.leave(role, id)),
    setWants: () => reach(() => undefined),
    lease: (owner, steps, keepMs) =>
      reach(() => steps.map((step) => redis.lease(owner, step, keepMs))),
    publish: (batch) => reach(() => redis.publish(batch)),
    readStates: never,
    readEvents: never,
    put: () => reach(() => undefined),
    get: never,
    notify: () => reach(() => 0),
    listen: () => () => undefined,
    onListenGap: () => () => undefined,
    append: never,
    readLog: never,
    close: () => Promise.resolve(),
  };
  return port;
}
