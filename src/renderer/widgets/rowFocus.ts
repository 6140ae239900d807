import type { KeyboardEvent } from 'react';
import { useState } from 'react';

export interface RowProps {
  readonly 'data-row-key': string;
  readonly tabIndex: 0 | -1;
  readonly onFocus: () => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

const steps: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index, count) => Math.min(count - 1, index + 1),
  ArrowUp: (index) => Math.max(0, index - 1),
  Home: () => 0,
  End: (_, count) => count - 1,
};

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = steps[event.key];
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const around = event.currentTarget.closest('[data-row-list]');
  const rows = [...(around?.querySelectorAll<HTMLElement>('[data-row-key]') ?? [])];
  const index = rows.findIndex((row) => row === event.target);
  if (index < 0) return;
  event.preventDefault();
  rows[step(index, rows.length)]?.focus();
}

/**
 * One tab stop for many rows: arrows, Home and End move between them. The element around them carries `data-row-list`.
 */
export function useRowFocus(keys: readonly string[]): (key: string) => RowProps {
  const [focused, setFocused] = useState<string | null>(null);
  const current = focused !== null && keys.includes(focused) ? focused : (keys[0] ?? null);
  return (key) => ({
    'data-row-key': key,
    tabIndex: key === current ? 0 : -1,
    onFocus: () => setFocused(key),
    onKeyDown: moveFocus,
  });
}
