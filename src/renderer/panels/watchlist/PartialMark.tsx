import type { PartialSum } from './dayFigures.ts';

/** `2/3` beside a sum that fewer venues are in than list the market. */
export function PartialMark({ partial }: { readonly partial: PartialSum | null }) {
  if (partial === null) return null;
  return (
    <span className="partial-mark" title={partial.words} role="img" aria-label={partial.words}>
      {partial.short}
    </span>
  );
}
