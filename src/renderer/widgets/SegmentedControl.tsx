import type { KeyboardEvent } from 'react';
import './controls.css';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

export interface SegmentedControlProps<Value extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChoose: (value: Value) => void;
  /** `plain` has no frame: intervals in a toolbar. */
  readonly look?: 'framed' | 'plain';
}

/** One of a few: a radio group with one tab stop, moved by arrows. */
export function SegmentedControl<Value extends string>({
  label,
  choices,
  value,
  onChoose,
  look = 'framed',
}: SegmentedControlProps<Value>) {
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = choices.findIndex((choice) => choice.value === value);
    const next = (index + step + choices.length) % choices.length;
    const chosen = choices[next];
    if (chosen === undefined) return;
    onChoose(chosen.value);
    const buttons = event.currentTarget.querySelectorAll('button');
    buttons[next]?.focus();
  };
  return (
    <div
      className="segments"
      data-look={look}
      role="radiogroup"
      aria-label={label}
      onKeyDown={move}
    >
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          aria-checked={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          onClick={() => onChoose(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
