import type { SortKey, WatchlistOptions } from './watchlistOptions.ts';

export interface WatchlistHeaderProps {
  readonly displayName: string;
  readonly sortKey: SortKey | null;
  readonly sort: WatchlistOptions['sort'];
  readonly onSort: (key: SortKey) => void;
}

/** Sorts by a press: down, up, then the list's own order again. */
export function WatchlistHeader({ displayName, sortKey, sort, onSort }: WatchlistHeaderProps) {
  if (sortKey === null) return <span>{displayName}</span>;
  const active = sort?.key === sortKey;
  const arrow = !active ? '' : sort.descending ? ' ↓' : ' ↑';
  return (
    <button
      type="button"
      className="watch-head"
      data-active={active}
      onClick={() => onSort(sortKey)}
    >
      {displayName}
      {arrow}
    </button>
  );
}

export function nextSort(sort: WatchlistOptions['sort'], key: SortKey): WatchlistOptions['sort'] {
  if (sort?.key !== key) return { key, descending: key !== 'market' };
  const firstDirection = key !== 'market';
  return sort.descending === firstDirection ? { key, descending: !firstDirection } : null;
}
