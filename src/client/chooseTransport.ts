import type { ClientTransport } from './clientContract.ts';

export type RealtimeTechnology = 'websocket' | 'sse' | 'long-polling' | 'webrtc';

export interface TechnologyDescription {
  readonly name: string;
  readonly direction: 'both' | 'server-to-client' | 'request-and-answer' | 'between-peers';
  readonly isBinary: boolean;
  readonly strengths: string;
  readonly limits: string;
  readonly useFor: string;
  /** How a client of the gateway has it; null: the gateway does not speak it. */
  readonly transport: ClientTransport | null;
}

/** In the order in which the client falls back; the last one is for programs among themselves. */
export const realtimeTechnologies: Readonly<Record<RealtimeTechnology, TechnologyDescription>> = {
  websocket: {
    name: 'WebSocket',
    direction: 'both',
    isBinary: true,
    strengths: 'One connection for both directions, text or binary, with the least delay.',
    limits: 'Some proxies refuse the upgrade; what was missed has to be asked for.',
    useFor: 'Prices, books and trades whose subscriptions change.',
    transport: 'websocket',
  },
  sse: {
    name: 'Server-Sent Events',
    direction: 'server-to-client',
    isBinary: false,
    strengths: 'Plain HTTP; any client reads it, and it comes back by itself where it ended.',
    limits: 'Text only, and changes of subscriptions open another stream.',
    useFor: 'Dashboards, tickers and alerts.',
    transport: 'sse',
  },
  'long-polling': {
    name: 'Long polling',
    direction: 'request-and-answer',
    isBinary: false,
    strengths: 'Works wherever a web page loads.',
    limits: 'One request per batch: more delay, and more work for both sides.',
    useFor: 'The last resort behind proxies that hold streams back.',
    transport: 'poll',
  },
  webrtc: {
    name: 'WebRTC',
    direction: 'between-peers',
    isBinary: true,
    strengths: 'Straight from one browser to another; may give up old packets for new ones.',
    limits: 'Needs a server to find each other, and has no order across peers.',
    useFor: 'Voice, video and screens. Not market data: the gateway does not speak it.',
    transport: null,
  },
};

export interface RealtimeRequirements {
  /** Data goes from browser to browser. */
  readonly isBetweenPeers?: boolean;
  /** The program also sends, or changes its subscriptions often. */
  readonly isBidirectional?: boolean;
  readonly needsBinary?: boolean;
  /** Milliseconds count. */
  readonly needsLowDelay?: boolean;
  /** Proxies on the way refuse upgrades. */
  readonly blocksUpgrades?: boolean;
  /** Proxies on the way hold answers back until they are complete. */
  readonly blocksStreams?: boolean;
}

/** The technology that fits. What is on the way decides before what would be nice. */
export function chooseTechnology(requirements: RealtimeRequirements): RealtimeTechnology {
  const { isBetweenPeers, isBidirectional, needsBinary, needsLowDelay } = requirements;
  if (isBetweenPeers === true) return 'webrtc';
  // What holds back a stream of HTTP leaves an upgraded connection alone.
  if (requirements.blocksUpgrades === true) {
    return requirements.blocksStreams === true ? 'long-polling' : 'sse';
  }
  const wantsSocket = isBidirectional === true || needsBinary === true || needsLowDelay === true;
  return wantsSocket || requirements.blocksStreams === true ? 'websocket' : 'sse';
}

const wholeChain: readonly ClientTransport[] = ['websocket', 'sse', 'poll'];

/**
 * The `transports` of a client: from what fits downward, without those that cannot work. A client without requirements
 * gets all, as it changes its subscriptions.
 */
export function transportChain(
  requirements: RealtimeRequirements = { isBidirectional: true },
): readonly ClientTransport[] {
  const { transport } = realtimeTechnologies[chooseTechnology(requirements)];
  if (transport === null) return [];
  return wholeChain
    .slice(wholeChain.indexOf(transport))
    .filter((each) => each !== 'sse' || requirements.blocksStreams !== true);
}
