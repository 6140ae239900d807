import type { TruetapeClient, TruetapeClientOptions } from './clientContract.ts';
import { GatewayClient } from './gatewayClient.ts';

/** A connection to a gateway and what it has told. Nothing happens before `connect`. */
export function createTruetapeClient(options: TruetapeClientOptions = {}): TruetapeClient {
  return new GatewayClient(options);
}
