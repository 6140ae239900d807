import type {
  CellKeyDownEvent,
  ColDef,
  GetRowIdParams,
  GridApi,
  IsFullWidthRowParams,
  RowClickedEvent,
  RowHeightParams,
  SingleRowSelectionOptions,
} from 'ag-grid-community';
import {
  CellStyleModule,
  ClientSideRowModelModule,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
} from 'ag-grid-community';
import { AgGridReact } from 'ag-grid-react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { MouseEvent as ReactMouseEvent } from 'react';
import type { MarketId } from '../../../shared/market.ts';
import { gridTheme } from '../../theme/gridTheme.ts';
import { usePalette } from '../../theme/palette.ts';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { AddMarket, MarketSearch } from './AddMarket.tsx';
import { DetailCard } from './DetailCard.tsx';
import { RowMenu } from './RowMenu.tsx';
import { useWatchedPrices, useWatchlist, useWatchlistRows } from './useWatchlist.ts';
import { useColumns } from './useColumns.ts';
import { nextSort } from './WatchlistHeader.tsx';
import type { SortKey, WatchlistOptions } from './watchlistOptions.ts';
import { groupOf, parseWatchlistOptions } from './watchlistOptions.ts';
import type { WatchlistRow } from './watchlistRows.ts';
import './watchlist.css';

const modules = [
  ClientSideRowModelModule,
  CellStyleModule,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
];

const rowSelection: SingleRowSelectionOptions = {
  mode: 'singleRow',
  checkboxes: false,
  enableClickSelection: false,
};
const columnDefaults: ColDef<WatchlistRow> = {
  sortable: false,
  resizable: false,
  suppressMovable: true,
};

function idOfRow({ data }: GetRowIdParams<WatchlistRow>): string {
  return data.id;
}

function isGroupRow({ rowNode }: IsFullWidthRowParams<WatchlistRow>): boolean {
  return rowNode.data?.type === 'group';
}

function GroupHead({ data, onToggle }: { data: WatchlistRow; onToggle: (name: string) => void }) {
  if (data.type !== 'group') return null;
  const Icon = data.collapsed ? ChevronRight : ChevronDown;
  return (
    <div role="gridcell" className="watch-group-cell">
      <button
        type="button"
        className="watch-group"
        aria-expanded={!data.collapsed}
        onClick={() => onToggle(data.name)}
      >
        <Icon size="1.4rem" strokeWidth={2} aria-hidden="true" />
        {data.name}
        {data.collapsed ? <span className="watch-group-count num">{data.count}</span> : null}
      </button>
    </div>
  );
}

/** The row of the chosen market is the selected one, whoever chose it. */
function useSelectedRow(api: GridApi<WatchlistRow> | null, market: MarketId, rows: unknown): void {
  useEffect(() => {
    if (api === null || api.isDestroyed()) return;
    api.forEachNode((node) => node.setSelected(node.id === market, false));
  }, [api, market, rows]);
}

interface MenuPlace {
  readonly market: MarketId;
  readonly anchor: HTMLElement;
}

export function WatchlistPanel({
  market,
  chooseMarket,
  savedOptions,
  saveOptions,
  openPanel,
}: PanelProps) {
  const options = useMemo(() => parseWatchlistOptions(savedOptions), [savedOptions]);
  const watchlist = useWatchlist();
  const rows = useWatchlistRows(watchlist.markets, options);
  const { scale, comfortable } = usePalette();
  const [api, setApi] = useState<GridApi<WatchlistRow> | null>(null);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  useWatchedPrices(watchlist.markets);
  useSelectedRow(api, market, rows);

  const change = useCallback(
    (changes: Partial<WatchlistOptions>) => saveOptions({ ...options, ...changes }),
    [options, saveOptions],
  );
  const onSort = useCallback(
    (key: SortKey) => change({ sort: nextSort(options.sort, key) }),
    [change, options.sort],
  );
  const onToggle = useCallback(
    (name: string) => {
      const others = options.collapsed.filter((other) => other !== name);
      const wasCollapsed = others.length < options.collapsed.length;
      change({ collapsed: wasCollapsed ? others : [...others, name] });
    },
    [change, options],
  );
  const { box, columns, fits, setWidth } = useColumns(watchlist.markets, options, onSort, api);
  const theme = useMemo(() => gridTheme(scale, comfortable), [scale, comfortable]);
  // The grid draws every row anew when one of these is another object.
  const rowData = useMemo(() => [...rows], [rows]);
  const groupParams = useMemo(() => ({ onToggle }), [onToggle]);
  const rowHeight = useCallback(
    ({ data }: RowHeightParams<WatchlistRow>) =>
      Math.round(
        (data?.type === 'group' ? (comfortable ? 26 : 24) : comfortable ? 32 : 24) * scale,
      ),
    [comfortable, scale],
  );
  const choose = (row: WatchlistRow | undefined) => {
    if (row?.type === 'market') chooseMarket(row.market);
  };
  const onContextMenu = (event: ReactMouseEvent) => {
    if (!(event.target instanceof Element)) return;
    const row = event.target.closest('[row-id]');
    const chosen = watchlist.markets.find((candidate) => candidate === row?.getAttribute('row-id'));
    if (chosen === undefined || !(row instanceof HTMLElement)) return;
    event.preventDefault();
    setMenu({ market: chosen, anchor: row });
  };

  if (watchlist.markets.length === 0) {
    return (
      <PanelMessage
        title="No markets yet"
        action={<MarketSearch watchlist={[]} onAdd={watchlist.add} />}
      />
    );
  }
  return (
    <div className="watchlist">
      <div ref={box} className="watch-grid data-grid" onContextMenu={onContextMenu}>
        <AddMarket
          watchlist={watchlist.markets}
          onAdd={watchlist.add}
          columns={options.columns}
          onColumns={(next) => change({ columns: [...next] })}
        />
        <AgGridReact<WatchlistRow>
          modules={modules}
          theme={theme}
          rowData={rowData}
          columnDefs={columns}
          getRowId={idOfRow}
          isFullWidthRow={isGroupRow}
          fullWidthCellRenderer={GroupHead}
          fullWidthCellRendererParams={groupParams}
          getRowHeight={rowHeight}
          rowSelection={rowSelection}
          defaultColDef={columnDefaults}
          suppressColumnVirtualisation
          suppressHorizontalScroll={fits}
          onGridReady={(event) => setApi(event.api)}
          onGridSizeChanged={(event) => setWidth(event.clientWidth)}
          onGridPreDestroyed={() => setApi(null)}
          onRowClicked={(event: RowClickedEvent<WatchlistRow>) => choose(event.data)}
          onCellKeyDown={(event) => {
            if (!('column' in event)) return;
            onGridKey(event, choose, watchlist.remove);
          }}
        />
      </div>
      {watchlist.problem === null ? null : (
        <p className="watch-problem" role="alert">
          {watchlist.problem}
        </p>
      )}
      <DetailCard market={market} />
      {menu === null ? null : (
        <RowMenu
          market={menu.market}
          anchor={menu.anchor}
          group={groupOf(menu.market, options)}
          groups={[...new Set(watchlist.markets.map((other) => groupOf(other, options)))]}
          onMove={(group) => change({ groups: { ...options.groups, [menu.market]: group } })}
          onRemove={() => watchlist.remove(menu.market)}
          onChart={() => {
            chooseMarket(menu.market);
            openPanel('chart');
          }}
          onClose={() => setMenu(null)}
        />
      )}
    </div>
  );
}

function onGridKey(
  event: CellKeyDownEvent<WatchlistRow>,
  choose: (row: WatchlistRow | undefined) => void,
  remove: (market: MarketId) => void,
): void {
  if (!(event.event instanceof KeyboardEvent)) return;
  const { key } = event.event;
  if (key === 'Enter' || key === ' ') choose(event.data);
  if (key === 'Delete' && event.data?.type === 'market') remove(event.data.market);
}
