import type { KeyboardEvent } from 'react';
import { useRef, useState } from 'react';
import type { MarkKind } from '../../../shared/marks.ts';
import { markKinds } from '../../../shared/marks.ts';
import { formatCount } from '../../format/quantity.ts';
import { KindIcon } from './KindIcon.tsx';
import type { MarkOptions, MarkRows } from './markRows.ts';
import { toggleKind } from './markRows.ts';
import { kindPlurals } from './markWords.ts';

interface FilterProps {
  readonly options: MarkOptions;
  readonly counts: MarkRows['counts'];
  readonly text: string;
  readonly onOptions: (options: MarkOptions) => void;
  readonly onText: (text: string) => void;
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** One tab stop: arrows go from kind to kind. */
function useChipFocus(kinds: readonly MarkKind[]) {
  const [focused, setFocused] = useState<MarkKind>('user');
  const group = useRef<HTMLDivElement>(null);
  const current = kinds.includes(focused) ? focused : kinds[0];
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const chips = [...(group.current?.querySelectorAll('button') ?? [])];
    const at = chips.findIndex((chip) => chip === document.activeElement);
    chips[Math.min(chips.length - 1, Math.max(0, at + step))]?.focus();
  };
  return { group, current, setFocused, onKeyDown };
}

export function MarkFilter({ options, counts, text, onOptions, onText }: FilterProps) {
  // A kind that nothing makes yet would only be in the way.
  const kinds = markKinds.filter((kind) => kind !== 'signal' || counts.signal > 0);
  const { group, current, setFocused, onKeyDown } = useChipFocus(kinds);
  return (
    <div className="marks-filter">
      <div
        ref={group}
        className="marks-chips"
        role="toolbar"
        aria-label="Kinds of marks"
        onKeyDown={onKeyDown}
      >
        {kinds.map((kind) => (
          <button
            key={kind}
            type="button"
            className="marks-chip"
            title={kindPlurals[kind]}
            aria-pressed={options.kinds.includes(kind)}
            tabIndex={kind === current ? 0 : -1}
            onFocus={() => setFocused(kind)}
            onClick={() => onOptions(toggleKind(options, kind))}
          >
            <KindIcon kind={kind} />
            <span className="marks-chip-name">{kindPlurals[kind]}</span>{' '}
            <span className="marks-chip-count num">{formatCount(counts[kind])}</span>
          </button>
        ))}
      </div>
      <input
        className="text-input"
        type="search"
        aria-label="Search marks"
        placeholder="Search"
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
    </div>
  );
}
