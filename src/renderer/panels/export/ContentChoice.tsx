import type { KeyboardEvent } from 'react';
import type { ExportedThing } from './exportContents.ts';
import { exportedThings, thingWords } from './exportContents.ts';

interface ContentChoiceProps {
  readonly thing: ExportedThing;
  readonly onChoose: (thing: ExportedThing) => void;
}

/** One of ten, each with what it holds; one tab stop, moved by arrows. */
export function ContentChoice({ thing, onChoose }: ContentChoiceProps) {
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const count = exportedThings.length;
    const next = (exportedThings.indexOf(thing) + step + count) % count;
    const chosen = exportedThings[next];
    if (chosen === undefined) return;
    onChoose(chosen);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  };
  return (
    <div className="export-contents" role="radiogroup" aria-label="Content" onKeyDown={move}>
      {exportedThings.map((choice) => (
        <button
          key={choice}
          type="button"
          role="radio"
          aria-checked={choice === thing}
          tabIndex={choice === thing ? 0 : -1}
          onClick={() => onChoose(choice)}
        >
          <b>{thingWords[choice].name}</b>
          <span>{thingWords[choice].text}</span>
        </button>
      ))}
    </div>
  );
}
