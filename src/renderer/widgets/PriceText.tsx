import { noValue } from '../format/digits.ts';
import { formatDuration } from '../format/duration.ts';
import './marks.css';

export interface PriceTextProps {
  /** Formatted digits. */
  readonly text: string;
  readonly look: 'live' | 'partial' | 'disputed' | 'stale' | 'resyncing' | 'disconnected' | 'none';
  /** Ignored unless live: only a live value may carry the color of a direction. */
  readonly direction?: 'up' | 'down' | 'none';
  /** Stands beside a value that is not live. */
  readonly ageMs?: number | null;
  /** False where the age has a column of its own. */
  readonly showAge?: boolean;
}

/** A price whose look always follows its validity. */
export function PriceText({
  text,
  look,
  direction = 'none',
  ageMs = null,
  showAge = true,
}: PriceTextProps) {
  const gone = look === 'disconnected' || look === 'none';
  const age = ageMs === null ? null : formatDuration(ageMs);
  const spoken =
    look === 'stale' && age !== null ? `, stale ${age}` : look === 'resyncing' ? ', resyncing' : '';
  return (
    <span
      className="price-text"
      data-look={look}
      data-direction={look === 'live' ? direction : 'none'}
    >
      <span className="price-digits">{gone ? noValue : text}</span>
      {look === 'stale' && showAge && age !== null ? (
        <span className="price-age" aria-hidden="true">
          {age}
        </span>
      ) : null}
      {spoken === '' ? null : <span className="visually-hidden">{spoken}</span>}
    </span>
  );
}
