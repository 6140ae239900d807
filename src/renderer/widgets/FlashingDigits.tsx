import { useEffect, useLayoutEffect, useRef } from 'react';
import { FlashBudget, flashIntervalMs } from './flashBudget.ts';
import './flash.css';

const budget = new FlashBudget();

/** Where the digits start to differ; aligned at the left, because decimals keep their number. */
export function firstChange(before: string, after: string): number {
  if (before.length !== after.length) return 0;
  let at = 0;
  while (at < after.length && before[at] === after[at]) at += 1;
  return at;
}

export interface FlashingDigitsProps {
  readonly text: string;
  readonly value: number | null;
  /** Only live values flash. */
  readonly enabled: boolean;
}

/** Changed digits take the color of their direction for a moment, as far as the setting and the budget allow. */
export function FlashingDigits({ text, value, enabled }: FlashingDigitsProps) {
  const last = useRef<{ text: string; value: number | null; flashed: number }>({
    text,
    value,
    flashed: 0,
  });
  const element = useRef<HTMLSpanElement>(null);
  const changed = useRef<HTMLSpanElement>(null);
  const before = last.current;
  const from = before.text === text ? text.length : firstChange(before.text, text);

  useEffect(() => budget.addCell(), []);

  useLayoutEffect(() => {
    const previous = last.current;
    last.current = { text, value, flashed: previous.flashed };
    const target = changed.current;
    if (!enabled || target === null || value === null || previous.value === null) return;
    if (document.documentElement.dataset['flash'] === 'off' || previous.value === value) return;
    const now = performance.now();
    if (now - previous.flashed < flashIntervalMs || !budget.take(now)) return;
    last.current.flashed = now;
    target.dataset['flash'] = value > previous.value ? 'up' : 'down';
    // Restarts the animation where the same span flashes again.
    target.style.animation = 'none';
    void target.offsetWidth;
    target.style.animation = '';
  }, [text, value, enabled]);

  return (
    <span ref={element} className="flashing">
      {text.slice(0, from)}
      <span ref={changed} className="flashing-digits">
        {text.slice(from)}
      </span>
    </span>
  );
}
