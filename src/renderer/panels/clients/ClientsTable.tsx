import type {
  CellKeyDownEvent,
  ColDef,
  GetRowIdParams,
  GridApi,
  RowClassRules,
  SingleRowSelectionOptions,
} from 'ag-grid-community';
import { CellStyleModule, ClientSideRowModelModule, RowSelectionModule } from 'ag-grid-community';
import { RowApiModule, RowStyleModule } from 'ag-grid-community';
import { AgGridReact } from 'ag-grid-react';
import { useEffect, useMemo, useState } from 'react';
import { gridTheme } from '../../theme/gridTheme.ts';
import { usePalette } from '../../theme/palette.ts';
import type { ClientRow } from './clientColumns.tsx';
import { createClientColumns } from './clientColumns.tsx';

const modules = [
  ClientSideRowModelModule,
  CellStyleModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
];
const rowSelection: SingleRowSelectionOptions = {
  mode: 'singleRow',
  checkboxes: false,
  enableClickSelection: false,
};
const columnDefaults: ColDef<ClientRow> = {
  sortable: true,
  resizable: false,
  suppressMovable: true,
};
const rowClasses: RowClassRules<ClientRow> = {
  'client-stale': ({ data }) => data?.isStale === true,
};
/** Until the grid has told its own. */
const usualWidth = 1_060;

function idOfRow({ data }: GetRowIdParams<ClientRow>): string {
  return data.connection.id;
}

interface ClientsTableProps {
  readonly rows: readonly ClientRow[];
  readonly showsAddress: boolean;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** One row per connection; a press or Enter opens its details. */
export function ClientsTable({ rows, showsAddress, chosen, onChoose }: ClientsTableProps) {
  const { scale, comfortable } = usePalette();
  const [api, setApi] = useState<GridApi<ClientRow> | null>(null);
  const [width, setWidth] = useState(usualWidth);
  const theme = useMemo(() => gridTheme(scale, comfortable), [scale, comfortable]);
  const columns = useMemo(
    () => createClientColumns({ width, scale, showsAddress }),
    [width, scale, showsAddress],
  );
  const rowData = useMemo(() => [...rows], [rows]);
  useEffect(() => {
    if (api === null || api.isDestroyed()) return;
    api.forEachNode((node) => node.setSelected(node.id === chosen, false));
  }, [api, chosen, rows]);
  const choose = (row: ClientRow | undefined) => {
    if (row !== undefined) onChoose(row.connection.id);
  };
  return (
    <AgGridReact<ClientRow>
      modules={modules}
      theme={theme}
      rowData={rowData}
      columnDefs={columns}
      getRowId={idOfRow}
      rowClassRules={rowClasses}
      rowSelection={rowSelection}
      defaultColDef={columnDefaults}
      suppressColumnVirtualisation
      suppressHorizontalScroll
      onGridReady={(event) => setApi(event.api)}
      onGridSizeChanged={(event) => setWidth(event.clientWidth)}
      onGridPreDestroyed={() => setApi(null)}
      onRowClicked={(event) => choose(event.data)}
      onCellKeyDown={(event) => {
        if ('column' in event && isOpening(event)) choose(event.data);
      }}
    />
  );
}

function isOpening({ event }: CellKeyDownEvent<ClientRow>): boolean {
  return event instanceof KeyboardEvent && (event.key === 'Enter' || event.key === ' ');
}
