import type { DockviewApi, DockviewGroupPanel, SerializedDockview } from 'dockview-react';
import { Orientation } from 'dockview-react';
import * as v from 'valibot';
import { createPanelConfig } from './panelConfig.ts';
import { panelRecord } from './panelRegistry.ts';

const layoutVersion = 1;

/** As much of dockview's form as is needed to know that it can be handed back to it. */
const layoutSchema = v.object({
  version: v.literal(layoutVersion),
  dock: v.looseObject({
    grid: v.looseObject({
      root: v.looseObject({ type: v.string() }),
      width: v.number(),
      height: v.number(),
      orientation: v.string(),
    }),
    panels: v.record(v.string(), v.looseObject({ id: v.string() })),
  }),
});

/** Null for anything that is not a layout of this version; the caller shows the default and says so. */
export function parseLayout(text: string): SerializedDockview | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isLayout(parsed) ? parsed.dock : null;
  } catch {
    return null;
  }
}

function isLayout(parsed: unknown): parsed is { readonly dock: SerializedDockview } {
  return v.is(layoutSchema, parsed);
}

export function serializeLayout(api: DockviewApi): string {
  return JSON.stringify({ version: layoutVersion, dock: api.toJSON() });
}

/** The layout of a window that holds one panel torn off from another. */
export function serializePanel(api: DockviewApi, panelId: string): string | null {
  const dock = api.toJSON();
  const panel = dock.panels[panelId];
  if (panel === undefined) return null;
  const alone = {
    grid: {
      root: {
        type: 'branch',
        data: [{ type: 'leaf', data: { views: [panelId], activeView: panelId, id: '1' }, size: 1 }],
        size: 1,
      },
      width: 1,
      height: 1,
      orientation: 'HORIZONTAL',
    },
    panels: { [panelId]: panel },
    activeGroup: '1',
  };
  return JSON.stringify({ version: layoutVersion, dock: alone });
}

export interface DockSize {
  readonly width: number;
  readonly height: number;
  /** Page pixels per design pixel. */
  readonly scale: number;
}

/** Widths of the default columns and height of the lower row, in design pixels. */
const columns = { watchlist: 292, orderBook: 330, tape: 248, incidents: 372 };
const lowerRow = 312;
/** Below these widths the incidents become a tab of the health, the tape one of the book, the watchlist one of the chart. */
export const incidentsNeedWidth = 1560;
export const tapeNeedsWidth = 1280;
export const watchlistNeedsWidth = 1024;

/** Least size of a group that dockview itself keeps to. */
const leastSize = 100;

interface Leaf {
  readonly type: 'leaf';
  readonly size: number;
  readonly data: { readonly id: string; readonly views: string[]; readonly activeView: string };
}

function leaf(id: string, views: string[], size: number): Leaf {
  return { type: 'leaf', size, data: { id, views, activeView: views[0] ?? '' } };
}

const lowerTabs = ['latency', 'errors'];
const defaultKinds = [
  ...['watchlist', 'chart', 'orderBook', 'tape', 'connectionHealth', 'incidents'],
  ...lowerTabs,
];

/** The health of every connection, and what happened beside it while there is room. */
function lowerPart(width: number, hasIncidents: boolean, scale: number): Leaf[] {
  if (!hasIncidents) {
    return [leaf('health', ['connectionHealth', 'incidents', ...lowerTabs], width)];
  }
  const incidents = columns.incidents * scale;
  return [
    leaf('health', ['connectionHealth', ...lowerTabs], width - incidents - 4 * scale),
    leaf('incidents', ['incidents'], incidents),
  ];
}

/**
 * What a first run shows: watchlist and chart with the health of every connection below, book and tape at full height.
 * Written in dockview's saved form, where sizes are exact.
 */
export function defaultLayout({ width, height, scale }: DockSize): SerializedDockview {
  const wide = width / scale;
  const hasTape = wide >= tapeNeedsWidth;
  const hasWatchlist = wide >= watchlistNeedsWidth;
  const bookWidth = columns.orderBook * scale;
  const tapeWidth = hasTape ? columns.tape * scale : 0;
  const watchlistWidth = hasWatchlist ? columns.watchlist * scale : 0;
  const gaps = 4 * scale;
  const left = Math.max(leastSize, width - bookWidth - tapeWidth - gaps * (hasTape ? 2 : 1));
  const lower = Math.min(lowerRow * scale, Math.max(leastSize, height / 2));
  const upper = Math.max(leastSize, height - lower - gaps);
  const chartWidth = Math.max(leastSize, left - watchlistWidth - (hasWatchlist ? gaps : 0));
  const chartViews = hasWatchlist ? ['chart'] : ['chart', 'watchlist'];
  const upperRow = [
    ...(hasWatchlist ? [leaf('watchlist', ['watchlist'], watchlistWidth)] : []),
    leaf('chart', chartViews, chartWidth),
  ];
  const panels = Object.fromEntries(
    defaultKinds.map((kind) => [
      kind,
      {
        id: kind,
        contentComponent: 'panel',
        title: panelRecord(kind)?.title ?? kind,
        params: createPanelConfig(kind),
      },
    ]),
  );
  return {
    grid: {
      width,
      height,
      orientation: Orientation.HORIZONTAL,
      root: {
        type: 'branch',
        size: height,
        data: [
          {
            type: 'branch',
            size: left,
            data: [
              { type: 'branch', size: upper, data: upperRow },
              {
                type: 'branch',
                size: lower,
                data: lowerPart(left, wide >= incidentsNeedWidth, scale),
              },
            ],
          },
          leaf('book', hasTape ? ['orderBook'] : ['orderBook', 'tape'], bookWidth),
          ...(hasTape ? [leaf('tape', ['tape'], tapeWidth)] : []),
        ],
      },
    },
    panels,
    activeGroup: 'chart',
  };
}

export function applyDefaultLayout(api: DockviewApi, size: DockSize): void {
  api.fromJSON(defaultLayout(size));
  api.layout(size.width, size.height, true);
}

const rules = [
  { panel: 'incidents', host: 'connectionHealth', limit: incidentsNeedWidth, side: 'right' },
  { panel: 'tape', host: 'orderBook', limit: tapeNeedsWidth, side: 'right' },
  { panel: 'watchlist', host: 'chart', limit: watchlistNeedsWidth, side: 'left' },
] as const;

/**
 * Follows a window that grows or shrinks past a limit, as long as the panel stands where the default layout put it:
 * alone in its group while there is room, a tab of its neighbor while there is not. True when something moved.
 */
export function adaptLayout(api: DockviewApi, before: DockSize, after: DockSize): boolean {
  const active = api.activePanel;
  let moved = false;
  for (const rule of rules) {
    const had = before.width / before.scale >= rule.limit;
    const has = after.width / after.scale >= rule.limit;
    const panel = api.getPanel(rule.panel);
    const host = api.getPanel(rule.host);
    if (had === has || panel === undefined || host === undefined) continue;
    if (!has && panel.group.panels.length === 1) {
      panel.api.moveTo({ group: host.group, position: 'center', skipSetActive: true });
      host.api.setActive();
      moved = true;
    } else if (has && panel.group === host.group) {
      panel.api.moveTo({ group: host.group, position: rule.side });
      moved = true;
    }
  }
  if (moved) active?.api.setActive();
  return moved;
}

type ColumnKind = keyof typeof columns;
type ColumnWidths = Partial<Record<ColumnKind, number>>;

/** The first of those that share a group gives it its width. */
const columnKinds = ['watchlist', 'orderBook', 'tape', 'incidents'] as const;
/** What takes more of the window than this is no column beside the chart. */
const widestShare = 0.45;

function columnGroups(api: DockviewApi) {
  const wide: readonly string[] = ['chart', 'connectionHealth'];
  return columnKinds.flatMap((kind) => {
    const group = api.getPanel(kind)?.group;
    if (group === undefined || group.panels.some(({ id }) => wide.includes(id))) return [];
    const first = columnKinds.find((other) => group.panels.some(({ id }) => id === other));
    return first === kind ? [{ kind, group }] : [];
  });
}

/** How wide the columns stand now, in a window of that width: theirs to keep when it grows or shrinks. */
export function columnWidths(api: DockviewApi, width: number): ColumnWidths {
  if (api.getPanel('chart') === undefined) return {};
  const widths: ColumnWidths = {};
  for (const { kind, group } of columnGroups(api)) {
    if (group.width > 0 && group.width <= width * widestShare) widths[kind] = group.width;
  }
  return widths;
}

/** A saved layout in a window of another width: its columns keep theirs, and it follows the limits between. */
export function fitLayout(api: DockviewApi, savedWidth: number, size: DockSize): void {
  if (Math.abs(savedWidth - size.width) < 1) return;
  // dockview has scaled every column by now.
  const ratio = savedWidth / size.width;
  const widths = columnWidths(api, size.width);
  for (const kind of columnKinds) {
    const width = widths[kind];
    if (width !== undefined) widths[kind] = width * ratio;
  }
  adaptLayout(api, { ...size, width: savedWidth }, size);
  resizeColumns(api, size.scale, widths);
}

/** Gives the columns the widths that they had, or those of the default layout, where they stand alone. */
export function resizeColumns(api: DockviewApi, scale: number, kept: ColumnWidths = {}): void {
  const limit = api.width * widestShare;
  const targets = columnGroups(api).flatMap(({ kind, group }) => {
    const width = kept[kind] ?? columns[kind] * scale;
    return width <= limit ? [{ group, width, isKept: kept[kind] !== undefined }] : [];
  });
  // A column takes its room from its neighbor; held in place, they leave that to the chart.
  const hold = (group: DockviewGroupPanel, width: number) => {
    group.api.setConstraints({ minimumWidth: width, maximumWidth: width });
    group.api.setSize({ width });
  };
  for (const { group, width, isKept } of targets) {
    hold(group, width);
    // A group is narrower than its column by its part of the gaps; a kept width is that of the group.
    const lost = width - group.width;
    if (isKept && lost > 0 && lost < 8 * scale) hold(group, width + lost);
  }
  for (const { group } of targets) {
    group.api.setConstraints({ minimumWidth: leastSize, maximumWidth: Number.MAX_SAFE_INTEGER });
  }
}
