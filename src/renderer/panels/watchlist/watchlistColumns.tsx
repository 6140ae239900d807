import type { ColDef, ICellRendererParams } from 'ag-grid-community';
import type { ReactNode } from 'react';
import type { MarketId } from '../../../shared/market.ts';
import { venues } from '../../../shared/venues.ts';
import {
  AgeCell,
  ChangeCell,
  CoverageCell,
  LastCell,
  MarketCell,
  SparkCell,
  SpreadCell,
  VenuePriceCell,
  VolumeCell,
} from './cells.tsx';
import type { FigureWidths } from './figureWidths.ts';
import type { OptionalColumn, SortKey, WatchlistOptions } from './watchlistOptions.ts';
import type { WatchlistRow } from './watchlistRows.ts';
import { WatchlistHeader } from './WatchlistHeader.tsx';

type Column = ColDef<WatchlistRow>;

interface ColumnSpec {
  readonly id: string;
  readonly title: string;
  /** Design pixels. */
  readonly width: number;
  readonly right: boolean;
  readonly sortKey: SortKey | null;
  readonly cell: (market: MarketId) => ReactNode;
  readonly grows?: boolean;
}

const head: readonly ColumnSpec[] = [
  {
    id: 'coverage',
    title: '',
    width: 26,
    right: false,
    sortKey: null,
    cell: (market) => <CoverageCell market={market} />,
  },
  {
    id: 'market',
    title: 'Market',
    width: 70,
    right: false,
    sortKey: 'market',
    grows: true,
    cell: (market) => <MarketCell market={market} />,
  },
  {
    id: 'spark',
    title: '',
    width: 46,
    right: false,
    sortKey: null,
    cell: (market) => <SparkCell market={market} />,
  },
  {
    id: 'last',
    title: 'Last',
    width: 72,
    right: true,
    sortKey: 'last',
    cell: (market) => <LastCell market={market} />,
  },
  {
    id: 'change',
    title: '24 h',
    width: 56,
    right: true,
    sortKey: 'change',
    cell: (market) => <ChangeCell market={market} />,
  },
];

function optionalSpecs(column: OptionalColumn): readonly ColumnSpec[] {
  switch (column) {
    case 'venues':
      return venues.map((venue) => ({
        id: `venue ${venue.id}`,
        title: venue.name,
        width: 76,
        right: true,
        sortKey: null,
        cell: (market) => <VenuePriceCell market={market} venue={venue.id} />,
      }));
    case 'spread':
      return [
        {
          id: 'spread',
          title: 'Spread',
          width: 50,
          right: true,
          sortKey: 'spread',
          cell: (market) => <SpreadCell market={market} />,
        },
      ];
    case 'volume':
      return [
        {
          id: 'volume',
          title: 'Vol 24 h',
          width: 78,
          right: true,
          sortKey: 'volume',
          cell: (market) => <VolumeCell market={market} />,
        },
      ];
    case 'age':
      return [
        {
          id: 'age',
          title: 'Age',
          width: 74,
          right: true,
          sortKey: 'age',
          cell: (market) => <AgeCell market={market} />,
        },
      ];
    default:
      return column satisfies never;
  }
}

export interface ColumnsRequest {
  readonly columns: readonly OptionalColumn[];
  readonly sort: WatchlistOptions['sort'];
  readonly onSort: (key: SortKey) => void;
  readonly scale: number;
  /** Page pixels that nothing covers; sparkline, then 24 h change go before a price would be cut. */
  readonly width: number;
  readonly figures: FigureWidths;
}

/** The last column carries the padding of the panel. */
const padding = 10;

function wanted(specs: readonly ColumnSpec[]): number {
  return specs.reduce((sum, spec) => sum + spec.width, padding);
}

/** Columns that a person chose are scrolled to; the last price has to be in view without that. */
function fitting(specs: readonly ColumnSpec[], width: number): readonly ColumnSpec[] {
  if (wanted(specs) <= width) return specs;
  const own = specs.filter(({ id }) => head.some((spec) => spec.id === id));
  const without =
    (...ids: readonly string[]) =>
    (spec: ColumnSpec) =>
      !ids.includes(spec.id);
  if (wanted(own.filter(without('spark'))) <= width) return specs.filter(without('spark'));
  if (wanted(own.filter(without('spark', 'change'))) <= width) {
    return specs.filter(without('spark', 'change'));
  }
  return specs.filter(without('spark', 'change', 'coverage'));
}

export interface WatchlistColumns {
  readonly columns: Column[];
  /** False: columns that a person chose reach over the edge and are scrolled to. */
  readonly fits: boolean;
}

/**
 * Column records turned into the grid's own; widths grow with the scale setting. The market's column takes what the others
 * leave: left to the grid, it would also take what lies under the scroll bar.
 */
export function createColumns(request: ColumnsRequest): WatchlistColumns {
  const { sort, onSort, scale, figures } = request;
  const wide = (spec: ColumnSpec): ColumnSpec => ({
    ...spec,
    width: Math.max(spec.width, figures[spec.id] ?? 0),
  });
  const all = [...head, ...request.columns.flatMap(optionalSpecs)].map(wide);
  const specs = fitting(all, request.width / scale);
  const last = specs.at(-1);
  const widths = specs.map((spec) =>
    Math.round((spec.width + (spec === last ? padding : 0)) * scale),
  );
  const spare = Math.floor(request.width) - widths.reduce((sum, width) => sum + width, 0);
  const columns = specs.map((spec, index): Column => {
    const width = (widths[index] ?? 0) + (spec.grows === true ? Math.max(0, spare) : 0);
    const classes = spec.right ? 'grid-figure num' : '';
    return {
      colId: spec.id,
      headerName: spec.title,
      width,
      minWidth: width,
      maxWidth: width,
      cellClass: `grid-cell watch-cell ${classes}`,
      headerClass: classes,
      headerComponent: WatchlistHeader,
      headerComponentParams: { sortKey: spec.sortKey, sort, onSort },
      cellRenderer: ({ data }: ICellRendererParams<WatchlistRow>) =>
        data?.type === 'market' ? spec.cell(data.market) : null,
    };
  });
  return { columns, fits: spare >= 0 };
}
