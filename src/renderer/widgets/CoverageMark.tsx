import type { CoverageCell } from './validity.ts';
import { coverageWords } from './validity.ts';
import './marks.css';

export interface CoverageMarkProps {
  readonly cells: readonly CoverageCell[];
  /** `panel` 5 x 10, `list` 4 x 10, `mid` 5 x 18. */
  readonly size?: 'panel' | 'list' | 'mid';
  /** False where the same words stand beside it. */
  readonly spoken?: boolean;
}

/** One cell per venue in their fixed order: the one mark beside every consolidated value. */
export function CoverageMark({ cells, size = 'panel', spoken = true }: CoverageMarkProps) {
  const words = spoken
    ? { role: 'img', 'aria-label': coverageWords(cells), title: coverageWords(cells) }
    : { 'aria-hidden': true };
  return (
    <span className="coverage" data-size={size} {...words}>
      {cells.map((cell) => (
        <span key={cell.venue} className="coverage-cell" data-state={cell.state} />
      ))}
    </span>
  );
}
