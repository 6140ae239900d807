import { systemClock } from '../../src/main/engine/ports/clock.ts';
import type { RecordedSession } from '../../src/main/engine/recording/recordingLibrary.ts';
import { VenueRecording } from '../../src/main/engine/replay/venueRecording.ts';
import type { MarketFeed } from '../../src/main/gateway/hub/marketFeed.ts';
import type { Gateway, GatewayOptions } from '../../src/main/gateway/startGateway.ts';
import { startGateway } from '../../src/main/gateway/startGateway.ts';
import { createFakeEngineHost } from './fakeEngineHost.ts';

const silentFeed: MarketFeed = {
  listen: () => undefined,
  want: () => undefined,
  markets: () => [],
  candles: () => Promise.reject(new Error('no candles')),
  status: () => null,
  close: () => Promise.resolve(),
};

export interface VenueReplayRun {
  readonly run: string;
  readonly venues: readonly { venue: string; websocket: string; rest: string }[];
}

/** A real gateway whose host has one recorded session. */
export function startVenueReplayGateway(
  session: RecordedSession,
  rendererFolder: string,
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const host = createFakeEngineHost();
  host.openVenueRecording = ({ from, speed }) =>
    VenueRecording.open({ session, from, speed, clock: systemClock });
  return startGateway({
    ...{ host, rendererFolder, hostname: '127.0.0.1', port: 0, appVersion: '1.2.3' },
    ...{ log: () => undefined, openFeed: () => silentFeed },
    ...options,
  });
}

export async function askGateway(
  gateway: Gateway,
  path: string,
  method: string,
  body?: unknown,
): Promise<Response> {
  const key = gateway.address.split('#key=')[1] ?? '';
  return fetch(`${gateway.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

export async function createVenueReplayRun(
  gateway: Gateway,
  request: {
    readonly session: string;
    readonly from?: number | null;
    readonly speed?: number | null;
  },
): Promise<VenueReplayRun> {
  const answer = await askGateway(gateway, '/api/venue-replays', 'POST', request);
  if (answer.status !== 201) throw new Error(`no run: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as VenueReplayRun;
}
