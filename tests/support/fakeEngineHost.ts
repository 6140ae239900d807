import { notRecording } from '../../src/shared/recordings.ts';
import type { AttachedWindow, EngineHost } from '../../src/main/engine/host.ts';
import type { BridgeTransport, MarketCandidate } from '../../src/shared/bridge.ts';
import type { HostStatus } from '../../src/shared/values.ts';

export interface FakeSession {
  readonly window: AttachedWindow;
  readonly transport: BridgeTransport;
  readonly received: Uint8Array[];
  closeReason: string | null;
}

/** A host without an engine: remembers who attached, echoes nothing by itself. */
export interface FakeEngineHost extends EngineHost {
  readonly sessions: FakeSession[];
  readonly visibility: { readonly window: string; readonly visible: boolean }[];
  closes: number;
  wakes: number;
  current: HostStatus;
  listed: readonly MarketCandidate[];
  onAttach: (session: FakeSession) => void;
}

export function createFakeEngineHost(): FakeEngineHost {
  const host: FakeEngineHost = {
    sessions: [],
    visibility: [],
    closes: 0,
    wakes: 0,
    current: hostStatus({}),
    listed: [],
    onAttach: () => undefined,
    attach(transport, window) {
      const session: FakeSession = { window, transport, received: [], closeReason: null };
      host.sessions.push(session);
      transport.onMessage((bytes) => session.received.push(bytes.slice()));
      transport.onClose((reason) => {
        session.closeReason = reason;
      });
      host.onAttach(session);
    },
    status: () => Promise.resolve(host.current),
    markets: () => Promise.resolve(host.listed),
    setWindowVisible(window, visible) {
      host.visibility.push({ window, visible });
    },
    exportFile: () => Promise.resolve(null),
    openVenueRecording: () => Promise.reject(new Error('this host has no recordings')),
    wake() {
      host.wakes += 1;
    },
    close() {
      host.closes += 1;
      for (const session of host.sessions) session.transport.close();
      return Promise.resolve();
    },
  };
  return host;
}

export function hostStatus(changes: Partial<HostStatus>): HostStatus {
  return {
    source: 'live',
    sourceReason: 'live',
    decisionTime: null,
    liveReachable: false,
    version: '1.2.3',
    startedTime: Date.now() - 5000,
    watchedSince: Date.now() - 5000,
    queuedMessages: 0,
    venuesLive: 3,
    venuesTotal: 3,
    symbolsLive: 4,
    symbolsTotal: 4,
    messagesPerSec: 120.4,
    loop: null,
    recording: notRecording,
    replay: null,
    notices: [],
    ...changes,
  };
}
