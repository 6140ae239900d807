import type { CrowdFigures, CrowdOptions } from './crowd.ts';

export type CrowdOrder =
  | { readonly type: 'open'; readonly options: CrowdOptions }
  | { readonly type: 'begin' | 'read' | 'close' }
  | { readonly type: 'setReading'; readonly isReading: boolean };

export type CrowdAnswer =
  { readonly type: 'done' } | { readonly type: 'figures'; readonly figures: CrowdFigures };

/** Both ends are of this program: only the kind is looked at. */
export function parseCrowdOrder(message: unknown): CrowdOrder {
  if (!hasType(message)) throw new TypeError('no order to clients');
  return message as CrowdOrder;
}

export function parseCrowdAnswer(message: unknown): CrowdAnswer {
  if (!hasType(message)) throw new TypeError('no answer of clients');
  return message as CrowdAnswer;
}

function hasType(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message;
}
