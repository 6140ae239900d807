import * as v from 'valibot';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import { clientMessageSchema } from '../../../shared/gateway/requests.ts';
import { tooManySymbols } from './compatSubscriptions.ts';
import { isRecord } from './packets.ts';

export const knownEvents: ReadonlySet<string> = new Set([
  ...clientMessageSchema.options.map((option) => option.entries.type.literal),
  'subscribe_pnl',
  'unsubscribe_pnl',
  'refused',
]);

export const notSymbols: GatewayError = {
  code: 'INVALID_REQUEST',
  message: '"symbols" is a list of texts, such as ["BTC", "ETH"].',
};

export function symbolsError(symbols: unknown): GatewayError | null {
  if (!Array.isArray(symbols) || symbols.length === 0) return notSymbols;
  if (symbols.length <= gatewayLimits.maxSymbols) return null;
  return {
    ...tooManySymbols,
    message: `${symbols.length} symbols are more than the limit of ${gatewayLimits.maxSymbols}. Send fewer.`,
  };
}

export function requestError(
  event: string,
  issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]],
): GatewayError {
  if (!knownEvents.has(event)) {
    return {
      code: 'INVALID_REQUEST',
      message: 'There is no such event. See /api/asyncapi.json for those that there are.',
    };
  }
  const [first] = issues;
  const where = v.getDotPath(first);
  return {
    code: 'INVALID_REQUEST',
    message: `${event}: ${where === null ? 'the payload' : `"${where}"`} is not as described in /api/asyncapi.json.`,
  };
}

export function idOf(payload: unknown): string | null {
  const id = isRecord(payload) ? payload['id'] : null;
  return typeof id === 'string' && id.length <= 64 ? id : null;
}
