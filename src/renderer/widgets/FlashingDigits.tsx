import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { palette } from '../theme/palette.ts';
import { FlashBudget, flashIntervalMs, flashLengthMs } from './flashBudget.ts';
import './flash.css';

const budget = new FlashBudget();
const triangleMs = 1000;

/** Where the digits start to differ; aligned at the left, because decimals keep their number. */
export function firstChange(before: string, after: string): number {
  if (before.length !== after.length) return 0;
  let at = 0;
  while (at < after.length && before[at] === after[at]) at += 1;
  return at;
}

type Tone = 'direction' | 'neutral';

/** Runs outside of React and of layout: no class changes, no reflow. */
function flash(
  digits: HTMLElement,
  triangle: HTMLElement,
  direction: 'up' | 'down',
  tone: Tone,
): void {
  // The platform of unit tests draws nothing and has no animations.
  if (typeof digits.animate !== 'function') return;
  const { color, reducedMotion } = palette();
  const flashed = tone === 'neutral' ? color['accent'] : color[direction];
  if (reducedMotion) {
    triangle.dataset['direction'] = direction;
    triangle.dataset['tone'] = tone;
    triangle.animate([{ opacity: 1 }, { opacity: 0 }], {
      duration: triangleMs,
      easing: 'step-end',
    });
    return;
  }
  const clear = document.documentElement.dataset['flash'] === 'clear';
  const background = `${flashed}21`;
  const frame = clear || tone === 'neutral' ? { color: flashed, background } : { color: flashed };
  digits.animate([frame, frame], { duration: flashLengthMs });
}

export interface FlashingDigitsProps {
  readonly text: string;
  readonly value: number | null;
  /** Only live values flash. */
  readonly enabled: boolean;
  /** `neutral`: up and down are no prices, and neither is good. */
  readonly tone?: Tone;
}

/** Changed digits take the color of their direction for a moment, as far as the setting and the budget allow. */
export function FlashingDigits({ text, value, enabled, tone = 'direction' }: FlashingDigitsProps) {
  const [shown, setShown] = useState({ text, from: text.length });
  const last = useRef({ value, flashed: -flashIntervalMs });
  const digits = useRef<HTMLSpanElement>(null);
  const triangle = useRef<HTMLSpanElement>(null);
  const from = shown.text === text ? shown.from : firstChange(shown.text, text);
  if (shown.text !== text) setShown({ text, from });

  useEffect(() => budget.addCell(), []);

  useLayoutEffect(() => {
    const before = last.current.value;
    last.current.value = value;
    if (!enabled || value === null || before === null || before === value) return;
    if (digits.current === null || triangle.current === null) return;
    if (document.documentElement.dataset['flash'] === 'off') return;
    const now = performance.now();
    if (now - last.current.flashed < flashIntervalMs || !budget.take(now)) return;
    last.current.flashed = now;
    flash(digits.current, triangle.current, value > before ? 'up' : 'down', tone);
  }, [value, enabled, tone]);

  return (
    <span className="flashing">
      <span ref={triangle} className="flash-triangle" aria-hidden="true" />
      {text.slice(0, from)}
      <span ref={digits}>{text.slice(from)}</span>
    </span>
  );
}
