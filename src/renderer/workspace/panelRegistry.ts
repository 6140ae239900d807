import { lazy } from 'react';
import type { PanelRecord } from './panel.ts';

/** Every kind of panel. A new one is a folder under `panels/` and one record here. */
export const panelRegistry: readonly PanelRecord[] = [
  {
    id: 'watchlist',
    title: 'Watchlist',
    component: lazy(async () => {
      const { WatchlistPanel } = await import('../panels/watchlist/WatchlistPanel.tsx');
      return { default: WatchlistPanel };
    }),
    defaultSize: { width: 292, height: 600 },
    needsMarket: true,
    namesMarket: false,
    showsData: true,
    help: 'Consolidated prices of your markets. The bars on the left show which venues count; a dotted price is stale.',
  },
  {
    id: 'chart',
    title: 'Chart',
    component: lazy(async () => {
      const { ChartPanel } = await import('../panels/chart/ChartPanel.tsx');
      return { default: ChartPanel };
    }),
    defaultSize: { width: 720, height: 600 },
    needsMarket: true,
    namesMarket: true,
    showsData: true,
    help: 'Candles of one venue or the consolidated price. A hatched band is time without data; nothing is drawn across it.',
  },
  {
    id: 'orderBook',
    title: 'Order book',
    component: lazy(async () => {
      const { OrderBookPanel } = await import('../panels/orderBook/OrderBookPanel.tsx');
      return { default: OrderBookPanel };
    }),
    defaultSize: { width: 330, height: 900 },
    needsMarket: true,
    namesMarket: true,
    showsData: true,
    help: 'Sizes by price and venue. A venue whose book is not proven whole leaves every sum at once.',
  },
  {
    id: 'tape',
    title: 'Tape',
    component: lazy(async () => {
      const { TapePanel } = await import('../panels/tape/TapePanel.tsx');
      return { default: TapePanel };
    }),
    defaultSize: { width: 248, height: 900 },
    needsMarket: true,
    namesMarket: true,
    showsData: true,
    help: 'Every trade of all venues, newest first. A hatched row is a gap: trades may be missing there.',
  },
  {
    id: 'connectionHealth',
    title: 'Connection health',
    component: lazy(async () => {
      const { ConnectionHealthPanel } =
        await import('../panels/connectionHealth/ConnectionHealthPanel.tsx');
      return { default: ConnectionHealthPanel };
    }),
    defaultSize: { width: 1016, height: 296 },
    needsMarket: false,
    namesMarket: false,
    showsData: true,
    help: 'Every connection and stream: how fresh, how fast, what is missing and what happens next. Enter on a row opens all of its figures.',
    helpSection: 'it-fails-to-connect',
    offersDiagnostics: true,
  },
  {
    id: 'incidents',
    title: 'Incidents',
    component: lazy(async () => {
      const { IncidentsPanel } = await import('../panels/incidents/IncidentsPanel.tsx');
      return { default: IncidentsPanel };
    }),
    defaultSize: { width: 372, height: 312 },
    needsMarket: false,
    namesMarket: false,
    showsData: true,
    help: 'What went wrong, since when, what it cost and how it ended. Running ones stand on top; Enter opens one.',
    helpSection: 'it-gets-no-updates',
    offersDiagnostics: true,
  },
  {
    id: 'latency',
    title: 'Latency',
    component: lazy(async () => {
      const { LatencyPanel } = await import('../panels/latency/LatencyPanel.tsx');
      return { default: LatencyPanel };
    }),
    defaultSize: { width: 600, height: 760 },
    needsMarket: false,
    namesMarket: false,
    showsData: true,
    help: 'Where the time of a message goes, from the venue to the painted frame. Hatched stages rest on an estimated clock.',
  },
  {
    id: 'sessionMetrics',
    title: 'Session metrics',
    component: lazy(async () => {
      const { SessionMetricsPanel } =
        await import('../panels/sessionMetrics/SessionMetricsPanel.tsx');
      return { default: SessionMetricsPanel };
    }),
    defaultSize: { width: 1016, height: 420 },
    needsMarket: false,
    namesMarket: false,
    showsData: true,
    help: 'What the session was worth so far: uptime, messages, round trips, lag and gaps of every connection and stream. Its report and exports show the same figures.',
  },
  {
    id: 'errors',
    title: 'Errors',
    component: lazy(async () => {
      const { ErrorsPanel } = await import('../panels/connectionHealth/ErrorsPanel.tsx');
      return { default: ErrorsPanel };
    }),
    defaultSize: { width: 1016, height: 296 },
    needsMarket: false,
    namesMarket: false,
    showsData: true,
    help: 'What went wrong on the way from the venues, newest first, and what Truetape does about it.',
    helpSection: 'it-fails-to-connect',
    offersDiagnostics: true,
  },
  {
    id: 'sessions',
    title: 'Sessions',
    component: lazy(async () => {
      const { SessionsPanel } = await import('../panels/sessions/SessionsPanel.tsx');
      return { default: SessionsPanel };
    }),
    defaultSize: { width: 900, height: 480 },
    beside: ['connectionHealth', 'incidents'],
    needsMarket: false,
    namesMarket: false,
    showsData: false,
    help: 'Everything that was recorded. Enter replays the chosen session in a window of its own; F2 renames, P pins, Delete deletes it.',
  },
  {
    id: 'marks',
    title: 'Marks',
    component: lazy(async () => {
      const { MarksPanel } = await import('../panels/marks/MarksPanel.tsx');
      return { default: MarksPanel };
    }),
    defaultSize: { width: 372, height: 420 },
    beside: ['incidents', 'connectionHealth'],
    needsMarket: false,
    namesMarket: false,
    showsData: true,
    help: 'Places in the session worth going back to, made by Truetape and by you. Enter replays from there; F2 edits a note of yours, Delete deletes it.',
  },
  {
    id: 'export',
    title: 'Export',
    component: lazy(async () => {
      const { ExportPanel } = await import('../panels/export/ExportPanel.tsx');
      return { default: ExportPanel };
    }),
    defaultSize: { width: 900, height: 480 },
    beside: ['sessions', 'connectionHealth', 'incidents'],
    needsMarket: false,
    namesMarket: false,
    showsData: false,
    help: 'A recorded session as tables, as a report or as raw frames. Times in the files are UTC. Esc closes it; exports go on.',
  },
  {
    id: 'clients',
    title: 'Clients',
    component: lazy(async () => {
      const { ClientsPanel } = await import('../panels/clients/ClientsPanel.tsx');
      return { default: ClientsPanel };
    }),
    defaultSize: { width: 1016, height: 480 },
    beside: ['connectionHealth', 'incidents', 'sessions'],
    needsMarket: false,
    namesMarket: false,
    showsData: false,
    help: 'Programs connected to this gateway and how well they are served. A slow one gets the newest state only; Enter on a row opens its figures and channels.',
  },
  {
    id: 'help',
    title: 'Help',
    component: lazy(async () => {
      const { HelpPanel } = await import('../panels/help/HelpPanel.tsx');
      return { default: HelpPanel };
    }),
    defaultSize: { width: 900, height: 700 },
    needsMarket: false,
    namesMarket: false,
    showsData: false,
    help: 'What the marks mean and what to do about each. It ships with Truetape and needs no network.',
  },
  {
    id: 'settings',
    title: 'Settings',
    component: lazy(async () => {
      const { SettingsPanel } = await import('../panels/settings/SettingsPanel.tsx');
      return { default: SettingsPanel };
    }),
    defaultSize: { width: 700, height: 700 },
    needsMarket: false,
    namesMarket: false,
    showsData: false,
    help: 'Settings apply to every window at once. A dot marks what differs from the default.',
  },
  {
    id: 'about',
    title: 'About',
    component: lazy(async () => {
      const { AboutPanel } = await import('../panels/about/AboutPanel.tsx');
      return { default: AboutPanel };
    }),
    defaultSize: { width: 520, height: 600 },
    needsMarket: false,
    namesMarket: false,
    showsData: false,
    help: 'Version, host and the licenses of what Truetape is built from.',
  },
];

export function panelRecord(id: string): PanelRecord | undefined {
  return panelRegistry.find((record) => record.id === id);
}
