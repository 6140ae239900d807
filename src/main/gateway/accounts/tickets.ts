import { createHash, randomBytes } from 'node:crypto';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { Principal, Revocation } from './access.ts';

const ticketLimit = 10_000;

/** What may stand in an address: it is of no use after its first use or its minute. */
export class Tickets {
  readonly #clock: GatewayClock;
  readonly #held = new Map<string, { readonly principal: Principal; readonly until: number }>();

  constructor(clock: GatewayClock) {
    this.#clock = clock;
  }

  issue(principal: Principal): { readonly ticket: string; readonly expiresTime: EpochMs } {
    const now = this.#clock.monotonicMs();
    for (const [digest, { until }] of this.#held) {
      if (until > now && this.#held.size < ticketLimit) break;
      this.#held.delete(digest);
    }
    const ticket = randomBytes(32).toString('base64url');
    this.#held.set(digestOf(ticket), { principal, until: now + gatewayLimits.ticketMs });
    return { ticket, expiresTime: this.#clock.wallMs() + gatewayLimits.ticketMs };
  }

  end({ user, family }: Revocation): void {
    for (const [digest, { principal }] of this.#held) {
      if (principal.user === user && (family === null || principal.family === family)) {
        this.#held.delete(digest);
      }
    }
  }

  take(ticket: string): Principal | null {
    const digest = digestOf(ticket);
    const held = this.#held.get(digest);
    this.#held.delete(digest);
    return held !== undefined && held.until > this.#clock.monotonicMs() ? held.principal : null;
  }
}

function digestOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}
