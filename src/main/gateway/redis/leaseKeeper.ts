import type { MarketId } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import { computeShare } from './assignMarkets.ts';
import type { PeersNow } from './knownPeers.ts';
import type { Lease, LeaseStep, RedisPort } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

interface HeldLease {
  readonly fence: number;
  /** By our own clock; Redis may still hold it a little longer, never the other way round. */
  readonly untilMs: number;
}

/** The markets that this process publishes, and the fence of each. */
export class LeaseKeeper {
  readonly #port: RedisPort;
  readonly #clock: GatewayClock;
  readonly #self: string;
  readonly #held = new Map<MarketId, HeldLease>();
  /** Who published each market when it was last looked at; whoever it was, until another one does. */
  #formerOwners: ReadonlyMap<MarketId, string> = new Map();

  constructor(port: RedisPort, clock: GatewayClock, self: string) {
    this.#port = port;
    this.#clock = clock;
    this.#self = self;
  }

  /** Fences of the leases that still run by our own clock. */
  fences(): ReadonlyMap<MarketId, number> {
    const now = this.#clock.monotonicMs();
    const fences = new Map<MarketId, number>();
    for (const [market, { fence, untilMs }] of this.#held) {
      if (untilMs > now) fences.set(market, fence);
    }
    return fences;
  }

  /** Renews, then claims and releases so that all processes have their share. */
  async keep(markets: readonly MarketId[], { peers, isSettling }: PeersNow): Promise<void> {
    const looked = await this.#steps(
      [...new Set([...markets, ...this.#held.keys()])].map((market): LeaseStep => {
        const held = this.#held.get(market);
        return held === undefined
          ? { type: 'look', market }
          : { type: 'renew', market, fence: held.fence };
      }),
    );
    const ownerByMarket = new Map<MarketId, string>();
    for (const [market, lease] of looked) {
      // A lease of a life before this one, under the same name, is not ours to use: it runs out.
      if (lease !== null) ownerByMarket.set(market, lease.owner);
    }
    const { claim, release } = computeShare({
      self: this.#self,
      ingesters: peers,
      markets,
      ownerByMarket,
      formerOwnerByMarket: isSettling ? this.#formerOwners : null,
    });
    this.#formerOwners = new Map([...(isSettling ? this.#formerOwners : []), ...ownerByMarket]);
    await this.#steps([
      ...release.flatMap((market): LeaseStep[] => {
        const held = this.#held.get(market);
        return held === undefined ? [] : [{ type: 'release', market, fence: held.fence }];
      }),
      ...claim.map((market): LeaseStep => ({ type: 'claim', market })),
    ]);
  }

  /** Told by Redis that it is another's. */
  lose(markets: readonly MarketId[]): void {
    for (const market of markets) this.#held.delete(market);
  }

  async releaseAll(): Promise<void> {
    await this.#steps(
      [...this.#held].map(([market, { fence }]): LeaseStep => ({ type: 'release', market, fence })),
    );
    this.#held.clear();
  }

  async #steps(
    steps: readonly LeaseStep[],
  ): Promise<readonly (readonly [MarketId, Lease | null])[]> {
    const untilMs = this.#clock.monotonicMs() + scaleOutLimits.leaseMs;
    const leases = await this.#port.lease(this.#self, steps, scaleOutLimits.leaseMs);
    return steps.map((step, index) => {
      const lease = leases[index] ?? null;
      const isOurs =
        lease?.owner === this.#self &&
        (step.type === 'claim' || lease.fence === this.#held.get(step.market)?.fence);
      if (isOurs) this.#held.set(step.market, { fence: lease.fence, untilMs });
      else this.#held.delete(step.market);
      return [step.market, lease] as const;
    });
  }
}
