import type { ReactElement } from 'react';
import { assertNever } from '../../shared/assert.ts';
import type { Validity } from './validity.ts';
import { validityWords } from './validity.ts';
import './marks.css';

function shapes(state: Validity): ReactElement {
  switch (state) {
    case 'live':
      return <circle className="mark-disc" cx="5" cy="5" r="3.2" />;
    case 'quiet':
      return <circle cx="5" cy="5" r="3" />;
    case 'connecting':
      return <circle cx="5" cy="5" r="4.2" strokeDasharray="1.2 2.68" />;
    case 'stale':
      return (
        <>
          <circle cx="5" cy="5" r="4.2" />
          <path d="M5 2.8V5.2L6.6 6.2" />
        </>
      );
    case 'resyncing':
      return <path d="M8.9 3.4A4.2 4.2 0 1 0 9.1 6.1 M9.3 .9V3.6H6.6" />;
    case 'gap':
      return <path d="M1 1.2v7.6M9 1.2v7.6M3.4 6.6 6.6 3.4" />;
    case 'repaired':
      return <path d="M1 1.2v7.6M9 1.2v7.6M3.2 5.2 4.6 6.6 7 3.8" />;
    case 'disconnected':
      return (
        <>
          <circle cx="5" cy="5" r="4.1" />
          <path d="M2.4 7.6 7.6 2.4" />
        </>
      );
    case 'error':
      return (
        <>
          <path d="M5 .9 9.4 8.8H.6Z" />
          <path d="M5 3.8v2" />
          <circle className="mark-disc" cx="5" cy="7.3" r=".7" />
        </>
      );
    default:
      return assertNever(state);
  }
}

export interface ValidityMarkProps {
  readonly state: Validity;
  /** Spoken instead of the state's own words; null where the words stand beside it. */
  readonly label?: string | null;
  /** Breathes while live: one per panel at most. */
  readonly breathing?: boolean;
}

export function ValidityMark({ state, label, breathing = false }: ValidityMarkProps) {
  const words = label === undefined ? validityWords[state] : label;
  const spoken = words === null ? { 'aria-hidden': true } : { role: 'img', 'aria-label': words };
  return (
    <svg
      className="mark"
      data-state={state}
      data-breathing={breathing}
      viewBox="0 0 10 10"
      {...spoken}
    >
      {shapes(state)}
    </svg>
  );
}
