import type { ColDef, ICellRendererParams } from 'ag-grid-community';
import type { ReactNode } from 'react';
import type { ClientConnection } from '../../../shared/gateway/clientsReport.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatBytes, formatCount, formatRate } from '../../format/quantity.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { markOf, stateWords, transportNames } from './clientFigures.ts';

export interface ClientRow {
  readonly connection: ClientConnection;
  /** Null: not known yet. */
  readonly recordsPerSec: number | null;
  readonly isStale: boolean;
}

type Column = ColDef<ClientRow>;
type Figure = string | number | null;

interface ColumnSpec {
  readonly id: string;
  readonly title: string;
  /** Design pixels. */
  readonly width: number;
  /** The highest goes first where there is no room for all. */
  readonly drops: number;
  readonly value: (row: ClientRow) => Figure;
  readonly text?: (value: number | null) => string;
  readonly cell?: (row: ClientRow) => ReactNode;
}

const userWords = 'session key';

export function userOf({ user }: ClientConnection): string {
  return user ?? userWords;
}

const specs: readonly ColumnSpec[] = [
  {
    ...{ id: 'client', title: 'Client', width: 162, drops: 0 },
    value: ({ connection: { transport, id } }) => `${transportNames[transport]} ${id}`,
    cell: ({ connection: { transport, id } }) => (
      <span className="client-name">
        {transportNames[transport]} <span className="client-id">{id}</span>
      </span>
    ),
  },
  {
    ...{ id: 'state', title: 'State', width: 108, drops: 0 },
    value: ({ connection }) => connection.state,
    cell: ({ connection: { state }, isStale }) => (
      <span className="client-state" data-state={state} title={stateWords[state]}>
        <ValidityMark state={markOf(state, isStale)} label={null} />
        {isStale ? `was ${state}` : state}
      </span>
    ),
  },
  {
    ...{ id: 'user', title: 'User', width: 96, drops: 5 },
    value: ({ connection }) => userOf(connection),
  },
  {
    ...{ id: 'address', title: 'Address', width: 112, drops: 8 },
    value: ({ connection }) => connection.address,
  },
  {
    ...{ id: 'connected', title: 'Connected', width: 96, drops: 3 },
    value: ({ connection }) => connection.connectedMs,
    text: formatDuration,
  },
  {
    ...{ id: 'channels', title: 'Channels', width: 70, drops: 4 },
    value: ({ connection }) => connection.channels,
    text: formatCount,
  },
  {
    ...{ id: 'rate', title: 'Asked /s', width: 70, drops: 6 },
    value: ({ connection }) => connection.ratePerSec,
    text: formatRate,
  },
  {
    ...{ id: 'recordsPerSec', title: 'Sent /s', width: 66, drops: 1 },
    value: ({ recordsPerSec }) => recordsPerSec,
    text: formatRate,
  },
  {
    ...{ id: 'records', title: 'Records', width: 86, drops: 7 },
    value: ({ connection }) => connection.recordsSent,
    text: formatCount,
  },
  {
    ...{ id: 'unread', title: 'Unread', width: 74, drops: 2 },
    value: ({ connection }) => connection.unreadBytes,
    text: formatBytes,
  },
  {
    ...{ id: 'conflated', title: 'Conflated', width: 82, drops: 9 },
    value: ({ connection }) => connection.conflated,
    text: formatCount,
  },
];

/** The last column leaves room for the scroll bar, which the grid lays over it. */
const scrollRoom = 14;
const padding = 20 + scrollRoom;

/** Without those that have no room: a figure is never cut. What is left out stands in the details of a row. */
function fitting(width: number, showsAddress: boolean): readonly ColumnSpec[] {
  let kept = specs.filter(({ id }) => showsAddress || id !== 'address');
  const isTooWide = () => kept.reduce((sum, spec) => sum + spec.width, padding) > width;
  while (isTooWide()) {
    const next = Math.max(...kept.map(({ drops }) => drops));
    if (next === 0) break;
    kept = kept.filter(({ drops }) => drops !== next);
  }
  return kept;
}

export interface ColumnsRequest {
  /** Page pixels. */
  readonly width: number;
  readonly scale: number;
  readonly showsAddress: boolean;
}

export function createClientColumns({ width, scale, showsAddress }: ColumnsRequest): Column[] {
  const kept = fitting(width / scale, showsAddress);
  const last = kept.at(-1);
  return kept.map((spec): Column => {
    const { text, cell } = spec;
    const isFigure = text !== undefined;
    const least = Math.round((spec.width + (spec === last ? scrollRoom + 10 : 0)) * scale);
    return {
      colId: spec.id,
      headerName: spec.title,
      // What is left over goes to all of them: one wide column would tear names and figures apart.
      ...{ minWidth: least, flex: spec.width },
      cellClass: isFigure ? 'grid-cell client-cell grid-figure num' : 'grid-cell client-cell',
      headerClass: isFigure ? 'grid-figure' : '',
      sortingOrder: isFigure ? ['desc', 'asc', null] : ['asc', 'desc', null],
      valueGetter: ({ data }) => (data === undefined ? null : spec.value(data)),
      ...(text === undefined
        ? {}
        : { valueFormatter: ({ value }) => text(typeof value === 'number' ? value : null) }),
      ...(cell === undefined
        ? {}
        : {
            cellRenderer: ({ data }: ICellRendererParams<ClientRow>) =>
              data === undefined ? null : cell(data),
            // The mark changes with the age too, while the value stays.
            equals: () => false,
          }),
    };
  });
}
