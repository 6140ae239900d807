import type { GridApi } from 'ag-grid-community';
import type { RefObject } from 'react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { MarketId } from '../../../shared/market.ts';
import { usePalette } from '../../theme/palette.ts';
import { useFigureWidths } from './figureWidths.ts';
import type { WatchlistColumns } from './watchlistColumns.tsx';
import { createColumns } from './watchlistColumns.tsx';
import type { SortKey, WatchlistOptions } from './watchlistOptions.ts';
import type { WatchlistRow } from './watchlistRows.ts';

/** Of the default layout, until the grid has told its own. */
const usualWidth = 290;

/**
 * Page pixels that the grid's own vertical scroll bar lays over its right edge, 0 while there is none. The grid counts it in
 * neither of its widths until columns are laid out.
 */
function useScrollBarWidth(
  box: RefObject<HTMLElement | null>,
  api: GridApi<WatchlistRow> | null,
): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const bar = box.current?.querySelector<HTMLElement>('.ag-body-vertical-scroll') ?? null;
    if (api === null || bar === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(bar.offsetWidth));
    observer.observe(bar);
    return () => observer.disconnect();
  }, [box, api]);
  return width;
}

export interface LaidColumns extends WatchlistColumns {
  /** For the element around the grid. */
  readonly box: RefObject<HTMLDivElement | null>;
  /** Page pixels of the grid, whenever its size changed. */
  readonly setWidth: (width: number) => void;
}

/** The columns for the room that there is, and for the figures that stand in them. */
export function useColumns(
  markets: readonly MarketId[],
  options: WatchlistOptions,
  onSort: (key: SortKey) => void,
  api: GridApi<WatchlistRow> | null,
): LaidColumns {
  const { scale } = usePalette();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(usualWidth);
  const free = width - useScrollBarWidth(box, api);
  const figures = useFigureWidths(markets);
  const laid = useMemo(() => {
    const { columns, sort } = options;
    return createColumns({ columns, sort, onSort, scale, width: free, figures });
  }, [options, onSort, scale, free, figures]);
  return { ...laid, box, setWidth };
}
