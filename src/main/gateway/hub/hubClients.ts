import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { addressKey } from '../accounts/attemptBuckets.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { HubMember } from './clientHub.ts';
import type { HubTally } from './hubCounts.ts';
import type { HubLimits } from './hubLimits.ts';

const stallLookMs = 50;
const houseMs = 250;

/** Who is connected, and who of them does not read. */
export class HubClients {
  private readonly clock: GatewayClock;
  private readonly limits: HubLimits;
  private readonly tally: HubTally;
  private readonly members = new Set<HubMember>();
  private readonly countByAddress = new Map<string, number>();
  private readonly stalled = new Set<HubMember>();
  private cancelStalled: (() => void) | null = null;
  private cancelHouse: () => void = () => undefined;
  private isClosed = false;

  /** `onHouse`: from time to time, before the clients are looked at. */
  constructor(clock: GatewayClock, limits: HubLimits, tally: HubTally, onHouse: () => void) {
    this.clock = clock;
    this.limits = limits;
    this.tally = tally;
    this.keepHouse(onHouse);
  }

  /** A copy: whoever is told something may end. */
  all(): readonly HubMember[] {
    return [...this.members];
  }

  refusal(address: string): GatewayError | null {
    const { maxClients, maxClientsPerAddress } = this.limits;
    const ofAddress = this.countByAddress.get(addressKey(address)) ?? 0;
    const isFull = this.members.size >= maxClients || ofAddress >= maxClientsPerAddress;
    if (!this.isClosed && !isFull) return null;
    const message = this.isClosed
      ? 'This gateway stops. Connect again in a moment.'
      : 'This gateway has as many clients as it takes. Try again later.';
    return { code: 'OVERLOADED', message, retryAfterMs: 5_000 };
  }

  add(member: HubMember): void {
    const { address, transport } = member;
    const key = addressKey(address);
    this.members.add(member);
    this.countByAddress.set(key, (this.countByAddress.get(key) ?? 0) + 1);
    this.tally.clients[transport] += 1;
  }

  /** False: it has gone before. */
  remove(member: HubMember): boolean {
    if (!this.members.delete(member)) return false;
    this.stalled.delete(member);
    const { address, transport, openedMs } = member;
    this.tally.clientEnded(transport, this.clock.monotonicMs() - openedMs);
    const key = addressKey(address);
    const left = (this.countByAddress.get(key) ?? 1) - 1;
    if (left === 0) this.countByAddress.delete(key);
    else this.countByAddress.set(key, left);
    return true;
  }

  /** It does not read: it is looked at until it does, or is let go. */
  stall(member: HubMember): void {
    member.isStalled = true;
    this.stalled.add(member);
    this.cancelStalled ??= this.clock.after(stallLookMs, () => this.lookAtStalled());
  }

  close(): void {
    this.isClosed = true;
    this.cancelStalled?.();
    this.cancelHouse();
  }

  private lookAtStalled(): void {
    this.cancelStalled = null;
    const nowMs = this.clock.monotonicMs();
    for (const member of [...this.stalled]) {
      if (member.look(nowMs)) this.stalled.delete(member);
    }
    if (this.stalled.size === 0 || this.isClosed) return;
    this.cancelStalled ??= this.clock.after(stallLookMs, () => this.lookAtStalled());
  }

  private keepHouse(onHouse: () => void): void {
    this.cancelHouse = this.clock.after(houseMs, () => {
      onHouse();
      const nowMs = this.clock.monotonicMs();
      const wallMs = this.clock.wallMs();
      for (const member of this.all()) {
        member.checkAccess(wallMs);
        member.keepCursor(nowMs);
      }
      if (!this.isClosed) this.keepHouse(onHouse);
    });
  }
}
