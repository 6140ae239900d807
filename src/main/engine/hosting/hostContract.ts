import type { BridgeTransport, MarketCandidate } from '../../../shared/bridge.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { HostStatus } from '../../../shared/values.ts';
import type { VenueEndpoints } from '../venues/venue.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { VenueRecordingFeed, VenueRecordingRequest } from './venueRecordingContract.ts';

export type * from './venueRecordingContract.ts';

export type MarketChoice = 'live' | 'simulated';

/** A running simulated market in a process of its own, started by the entry points only. */
export interface SimulatedMarket {
  readonly endpoints: Readonly<Partial<Record<VenueId, VenueEndpoints>>>;
  close(): Promise<void>;
}

export interface EngineHostOptions {
  /** Folder of settings, workspaces and recordings; locked against a second instance. Null: in memory (tests, replay). */
  readonly profile: string | null;
  readonly hostKind: 'desktop' | 'gateway';
  readonly appVersion: string;
  /** From `--market`; null: the saved setting, else the first-start rule. */
  readonly market: MarketChoice | null;
  /** Replaced addresses of venues, for tests and private relays. */
  readonly endpoints: Readonly<Partial<Record<VenueId, VenueEndpoints>>>;
  readonly startSimulatedMarket: (() => Promise<SimulatedMarket>) | null;
  /** Recordings shown at recorded speed instead of a live market. */
  readonly replay: ReplayOptions | null;
  /**
   * A recorded session that is shown instead of a market: its id in the profile, or its folder anywhere. Nothing is recorded,
   * and no session is changed.
   */
  readonly replaySession?: string | null;
  /** Where it begins (null: at its start) and how fast (null: as fast as possible). */
  readonly replayStart?: { readonly at: EpochMs | null; readonly speed: number | null };
  /** Entry of the threads that export; absent: this host exports nothing. */
  readonly exportWorker?: URL | string;
  /** Where exports go; absent: into the profile, without one into a temporary folder of this user alone. */
  readonly exportFolder?: string;
  readonly log: (entry: HostLogEntry) => void;
  /** What the doctor finds here, for the diagnostics bundle. */
  readonly checkMachine?: () => Promise<readonly MachineFinding[]>;
}

export interface ReplayOptions {
  readonly files: readonly string[];
  readonly venue: VenueId;
  readonly marketKind: 'spot' | 'linear';
  readonly snapshots: readonly {
    readonly symbol: string;
    readonly file: string;
    readonly atLine: number | null;
  }[];
}

/** One thing that a machine needs for Truetape, looked at. */
export interface MachineFinding {
  /** `note`: works, with less. */
  readonly verdict: 'ok' | 'note' | 'fault';
  readonly text: string;
}

export interface HostLogEntry {
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly scope: string;
  readonly text: string;
}

export interface WindowRequest {
  readonly layout: string;
  /** Null: the host finds a place. */
  readonly bounds: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  } | null;
  /** It shows a recording: its id begins with `replayWindowPrefix`. */
  readonly isReplay: boolean;
}

export interface AttachedWindow {
  /** Stable id of the window: names its saved layout. */
  readonly window: string;
  readonly platform: string;
  /** Asked by the page; the desktop opens a BrowserWindow, the gateway returns an address. */
  readonly openWindow: (
    request: WindowRequest,
  ) => Promise<{ readonly window: string; readonly address: string | null }>;
  readonly openExternal: (link: 'chart-attribution') => void;
  readonly windowControl: (action: 'minimize' | 'maximize' | 'close') => void;
  /** Nobody looks at it: what it wants is wanted, but it begins no first start, which may end in a simulated market. */
  readonly isProgram?: true;
  /** Shows a file or folder to the person at this screen; absent where that may be another person. */
  readonly revealPath?: (path: string) => void;
}

/** All that a host (desktop, gateway) may know of the engine: asynchronous, plain data or a transport. */
export interface EngineHost {
  /** A window's session lives until its transport closes. */
  attach(transport: BridgeTransport, window: AttachedWindow): void;
  status(): Promise<HostStatus>;
  /** Every market that can be subscribed to now; empty until a venue has answered. */
  markets(): Promise<readonly MarketCandidate[]>;
  /** The desktop's hide, minimise and show; the page tells its own visibility beside it. */
  setWindowVisible(window: string, visible: boolean): void;
  /** The machine slept or its network changed: sockets are replaced without trusting their state. */
  wake(): void;
  /** A finished export; null: there is none of this number. */
  exportFile(id: number): Promise<{ readonly path: string; readonly fileName: string } | null>;
  /** A recorded session for programs that take it for the venues. Throws, with a text for a person, where it cannot be played. */
  openVenueRecording(request: VenueRecordingRequest): Promise<VenueRecordingFeed>;
  /** Says goodbye to windows, ends sockets, flushes storage; safe to call twice. */
  close(): Promise<void>;
}
