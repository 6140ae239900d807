import type { GatewayErrorCode } from '../../../shared/gateway/errors.ts';
import type { Access, AccessResult } from '../accounts/access.ts';

/** What was refused since the start, by code. */
export class RequestCounts {
  readonly refusals = new Map<GatewayErrorCode, number>();
  readonly failedAccess = new Map<GatewayErrorCode, number>();

  countRefusal(code: GatewayErrorCode): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** The same access; who was not let in is counted, on every transport. */
  countedAccess(access: Access): Access {
    const counted = (result: AccessResult): AccessResult => {
      if (!result.ok) {
        const { code } = result.error;
        this.failedAccess.set(code, (this.failedAccess.get(code) ?? 0) + 1);
      }
      return result;
    };
    return {
      ofRequest: async (request) => counted(await access.ofRequest(request)),
      ofToken: async (token, address) => counted(await access.ofToken(token, address)),
      spendAttempt: (address) => access.spendAttempt(address),
      issueTicket: (principal) => access.issueTicket(principal),
      onRevoked: (listener) => access.onRevoked(listener),
      close: () => access.close(),
    };
  }
}
