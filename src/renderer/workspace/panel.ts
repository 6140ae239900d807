import type { ComponentType, LazyExoticComponent } from 'react';
import type { CandleInterval, EpochMs, MarketId } from '../../shared/market.ts';
import type { HelpSection } from './helpSections.ts';
import type { ExportWanted } from './openExport.ts';
import type { LinkGroup } from '../widgets/LinkChip.tsx';

/** What every panel gets. A panel knows neither its place nor its neighbors. */
export interface PanelProps {
  /** Unique within the window, stable over restarts. */
  readonly panelId: string;
  /** The link group's market, or the panel's own while it is not linked. */
  readonly market: MarketId;
  readonly interval: CandleInterval;
  readonly group: LinkGroup | null;
  /** Changes the market of every panel of the group, in all windows; of this panel alone while not linked. */
  readonly chooseMarket: (market: MarketId) => void;
  readonly chooseInterval: (interval: CandleInterval) => void;
  /** Options that the panel saved with the layout; null at first. Parse before use: a layout may be older or damaged. */
  readonly savedOptions: unknown;
  readonly saveOptions: (options: unknown) => void;
  /** Opens or reveals another panel by its kind. */
  readonly openPanel: (kind: string) => void;
  /** Opens the help that ships with this version at one of its sections. */
  readonly openHelp: (section: HelpSection) => void;
  /** Opens the export of a session, with what the panel knows of it filled in. */
  readonly openExport: (wanted: ExportWanted) => void;
  /** Plays a recorded session in a window of its own or in this one; a refusal is shown. */
  readonly openReplay: (wanted: ReplayWanted) => Promise<void>;
  /** Recordings of a person, that become sessions. */
  readonly importFiles: (files: readonly File[]) => void;
  /** Closes this panel; the focus goes back to where it was opened from. */
  readonly close: () => void;
}

export interface ReplayWanted {
  readonly session: string;
  /** Null: from its start. */
  readonly at: EpochMs | null;
  readonly where: 'thisWindow' | 'newWindow';
}

export interface PanelRecord {
  /** Kind of panel, written into layouts: never rename. */
  readonly id: string;
  readonly title: string;
  readonly component: LazyExoticComponent<ComponentType<PanelProps>>;
  /** Size of a new one, in pixels at scale 100 %. */
  readonly defaultSize: { readonly width: number; readonly height: number };
  /** Kinds of panels whose place a new one shares, the first that is open: so that no price is covered by it. */
  readonly beside?: readonly string[];
  /** True: follows a link group or a market of its own, so the header carries the link chip. */
  readonly needsMarket: boolean;
  /** True: shows one market, so the header names it. */
  readonly namesMarket: boolean;
  /** True: shows market data, so the header carries the source badge. */
  readonly showsData: boolean;
  /** One sentence for the ? button: what the panel shows and what its marks mean. */
  readonly help: string;
  /** Where the help says more. */
  readonly helpSection?: HelpSection;
  /** Its menu writes a diagnostics file. */
  readonly offersDiagnostics?: boolean;
}
