import { gatewayLimits } from '../../../shared/gateway/limits.ts';

type Known = typeof gatewayLimits;

/** The limits of the gateway with numbers of their own: tests set smaller ones. */
export type HubLimits = {
  readonly [Name in keyof Known]: Known[Name] extends number
    ? number
    : { readonly size: number; readonly perSec: number };
};

export function hubLimits(changes: Partial<HubLimits> = {}): HubLimits {
  return { ...gatewayLimits, ...changes };
}
