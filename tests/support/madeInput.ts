import type { CoreInput } from '../../src/main/engine/inputs.ts';

/** The frame that input number n of an invented session holds. */
export function madeText(n: number): string {
  return `{"e":"trade","t":${n},"p":"${(84_000 + (n % 997) / 100).toFixed(2)}","q":"0.${n % 9973}","x":"${'ab'.repeat(n % 60)}"}`;
}

export function madeInput(n: number, monotonicMs: number): CoreInput {
  return {
    type: 'frame',
    connection: n % 5 === 0 ? 'okx#1' : 'binance#1',
    generation: 1,
    text: madeText(n),
    receivedTime: 1_790_000_000_000 + monotonicMs,
    monotonicMs,
  };
}
