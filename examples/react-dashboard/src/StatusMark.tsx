import type { ShownValidity } from 'truetape/client';
import { formatAge } from './format.ts';

export type Mark = 'live' | 'stale' | 'resyncing' | 'down';

/** Three kinds of doubt: old, being read anew, and not there. Everything else is as current as its note says. */
export function markOf({ status }: Pick<ShownValidity, 'status'>): Mark {
  switch (status) {
    case 'live':
    case 'quiet':
    case 'degraded':
    case 'single':
      return 'live';
    case 'stale':
    case 'disputed':
      return 'stale';
    case 'resyncing':
      return 'resyncing';
    case 'none':
      return 'down';
  }
}

/** The dot is never alone: words say the same, with the age. */
export function StatusMark({ validity }: { readonly validity: ShownValidity }) {
  const { status, note, ageMs } = validity;
  const text = status === 'none' ? 'no data' : status;
  return (
    <span className={`status ${markOf(validity)}`} title={note ?? undefined}>
      <span className="mark" aria-hidden="true" />
      {text}
      {ageMs !== null && <span className="age"> {formatAge(ageMs)}</span>}
    </span>
  );
}
