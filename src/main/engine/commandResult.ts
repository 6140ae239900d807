import type { Command, CommandAnswers, CommandError, CommandResult } from '../../shared/bridge.ts';
import type { MarketId } from '../../shared/market.ts';
import { parseMarketId } from '../../shared/market.ts';
import type { CoreView } from './coreView.ts';
import { resolveMarket } from './resolveMarket.ts';

export const done: CommandResult<null> = { ok: true, value: null };

export function answer<Type extends Command['type']>(
  value: CommandAnswers[Type],
): CommandResult<CommandAnswers[Type]> {
  return { ok: true, value };
}

export type Refusal = Extract<CommandResult<never>, { ok: false }>;

export function refuse(
  code: CommandError,
  message: string,
  candidates: readonly string[] = [],
): Refusal {
  return { ok: false, code, message, candidates };
}

/** Before the venues have told what they list, a canonical id is taken as it is. */
export function findMarket(text: string, view: Pick<CoreView, 'markets'>): CommandResult<MarketId> {
  const listed = view.markets();
  if (listed.length === 0 && parseMarketId(text) !== null) return { ok: true, value: text };
  const found = resolveMarket(text, listed);
  if (found.type === 'found') return { ok: true, value: found.market };
  const hint =
    found.candidates.length === 0
      ? 'Search for it with Ctrl K.'
      : `Did you mean ${found.candidates.join(', ')}?`;
  return refuse('unknown-market', `No venue lists ${text}. ${hint}`, found.candidates);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
