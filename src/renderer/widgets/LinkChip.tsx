import './marks.css';

export type LinkGroup = 1 | 2 | 3 | 4;

export function LinkChip({ group }: { readonly group: LinkGroup | null }) {
  return (
    <span
      className="link-chip"
      data-group={group ?? 'none'}
      role="img"
      aria-label={group === null ? 'not linked' : `link group ${group}`}
    >
      {group ?? ''}
    </span>
  );
}
