import type { ConnectionHealth, ConnectionReason, StreamHealth } from '../../shared/feedHealth.ts';
import type { Incident, IncidentKind } from '../../shared/incidents.ts';
import type { LinkFault } from '../bridge/bridge.ts';
import type { HelpSection } from './helpSections.ts';

/** Two sentences for a person and the section that says more. */
export interface Why {
  /** What is the matter. */
  readonly cause: string;
  /** What happens next, by itself or by hand. */
  readonly next: string;
  readonly section: HelpSection;
}

const byReason: Readonly<Record<ConnectionReason, Why>> = {
  backoff: {
    cause: 'The connection was lost or did not open.',
    next: 'It is tried again by itself, for ever, at most 30 s apart.',
    section: 'the-connection-is-lost',
  },
  'rate-limited': {
    cause: 'The venue asked for fewer requests.',
    next: 'Nothing is sent to it until the time shown; then it goes on by itself.',
    section: 'the-venue-asks-us-to-wait',
  },
  banned: {
    cause: 'The venue takes nothing from this address for a time.',
    next: 'Nothing is sent to it until then; trying earlier makes bans longer.',
    section: 'the-venue-has-banned-this-address',
  },
  refused: {
    cause: 'The venue answered, and the answer was no.',
    next: 'It is asked again with growing pauses; the other venues go on.',
    section: 'the-venue-refuses-a-connection-or-a-subscription',
  },
  paused: {
    cause: 'You paused this venue.',
    next: 'It stays out of every price until you press Resume.',
    section: 'paused-by-you',
  },
};

const connecting: Why = {
  cause: 'The socket is being opened or its subscriptions are not all answered yet.',
  next: 'What does not answer in ten seconds is tried again.',
  section: 'connecting-and-subscribing',
};

const healthy: Why = {
  cause: 'Data flows, and nothing is missing now.',
  next: 'Nothing to do. What happened earlier stands in Incidents.',
  section: 'it-gets-no-updates',
};

export function whyOfConnection(connection: ConnectionHealth): Why {
  switch (connection.status) {
    case 'live':
      return healthy;
    case 'connecting':
    case 'subscribing':
      return connecting;
    case 'reconnecting':
    case 'closed':
      if (connection.reason !== null) return byReason[connection.reason];
      return connection.openedTime === null ? byKind.unreachable : byReason.backoff;
    default:
      return connection.status satisfies never;
  }
}

export function whyOfStream(stream: StreamHealth): Why {
  switch (stream.status) {
    case 'live':
      return healthy;
    case 'quiet':
      return {
        cause: 'The market is silent and the link is proven, so the value is right.',
        next: 'Nothing to do; the next trade or change shows at once.',
        section: 'quiet',
      };
    case 'subscribing':
      return connecting;
    case 'stale':
      return byKind.stale;
    case 'resyncing':
      return byKind.resync;
    case 'failed':
      return byKind.rejected;
    default:
      return stream.status satisfies never;
  }
}

const byKind: Readonly<Record<IncidentKind, Why>> = {
  disconnected: byReason.backoff,
  unreachable: {
    cause: 'Connects fail before the socket opens: no name, no route, or refused.',
    next: 'It is tried for ever, at most 30 s apart; no other venue is slowed by it.',
    section: 'the-venue-cannot-be-reached',
  },
  rateLimited: byReason['rate-limited'],
  banned: byReason.banned,
  rejected: {
    cause: 'The venue refused the subscription of this stream.',
    next: 'It is asked for again with growing pauses; the other streams go on.',
    section: 'the-venue-refuses-a-connection-or-a-subscription',
  },
  stale: {
    cause: 'The stream has been silent for longer than it ever is.',
    next: 'The venue is asked by REST, then it is subscribed again, then its socket is replaced.',
    section: 'stale',
  },
  resync: {
    cause: 'The book is not proven whole: an update is missing, or it contradicts itself.',
    next: 'Updates are held until a new snapshot fits; only then it counts again.',
    section: 'resyncing',
  },
  gap: {
    cause: 'Trades or candles of this time are missing.',
    next: 'They are fetched by REST where the venue keeps them; otherwise the hole stays marked.',
    section: 'gaps',
  },
  late: {
    cause: 'The events of this venue arrive seconds behind their own time.',
    next: 'It is out of the consolidated price until it has caught up.',
    section: 'late-data',
  },
  outlier: {
    cause: 'A price of this venue is more than 2 % from the middle of the others, or a print 10 %.',
    next: 'A venue that disagrees counts in no consolidated price; a print is kept, marked and moves nothing.',
    section: 'an-outlier-print',
  },
  clock: {
    cause: 'A wall clock stepped, or the times of the venue cannot be right.',
    next: 'Ages do not use that clock; the offset is measured anew.',
    section: 'the-clock-is-wrong',
  },
  apiChange: {
    cause: 'Messages of this venue have fields that are unknown, or lack some.',
    next: 'What lacks a needed field is not used and counted; look for an update of Truetape.',
    section: 'the-venue-changed-its-api',
  },
  closed: {
    cause: 'The venue says that this market is halted or delisted.',
    next: 'It counts in no price and comes back by itself when trading resumes.',
    section: 'the-market-is-halted-or-delisted',
  },
  blocked: {
    cause: 'The loop of the engine did not run for a while, mostly because the machine was busy.',
    next: 'What waited is read before anything is called stale.',
    section: 'truetape-stood-still',
  },
  slept: {
    cause: 'The machine slept, so nothing arrived.',
    next: 'Every socket is replaced and every book rebuilt within seconds of waking.',
    section: 'the-machine-slept',
  },
};

/** Of a venue whose data flows and is seconds old. */
export const whyOfLate: Why = byKind.late;

export function whyOfIncident(incident: Incident): Why {
  return byKind[incident.kind];
}

export interface LinkWords extends Why {
  /** As in the error catalogue. */
  readonly name: string;
}

const newestAddress = 'Open the newest address that the gateway printed: it carries a new key.';

/** The page's own connection to its engine. */
export const linkWords: Readonly<Record<LinkFault, LinkWords>> = {
  socketFailed: {
    name: 'WebSocket connection failed',
    cause: 'Nothing takes the connection.',
    next: 'Start Truetape again if it has ended; the page connects by itself.',
    section: 'websocket-connection-failed',
  },
  timeout: {
    name: 'Connection timeout',
    cause: 'The engine did not answer in time.',
    next: 'If it stays, look whether the program still runs.',
    section: 'connection-timeout',
  },
  transportClosed: {
    name: 'Transport close',
    cause: 'The open connection ended.',
    next: 'Start Truetape again if it was closed; the page connects by itself.',
    section: 'transport-close',
  },
  invalidKey: {
    name: 'Invalid token',
    cause: 'The key in the address is not that of this run of the gateway.',
    next: newestAddress,
    section: 'invalid-token',
  },
  sessionExpired: {
    name: 'Token expired',
    cause: 'This page has no valid session.',
    next: newestAddress,
    section: 'token-expired',
  },
  tooManyKeys: {
    name: 'Too many wrong keys',
    cause: 'Keys are not looked at for a while.',
    next: 'Wait half a minute, then open the newest address that the gateway printed.',
    section: 'too-many-wrong-keys',
  },
  signIn: {
    name: 'Sign-in required',
    cause: 'Nobody is signed in here, or the login has ended.',
    next: 'Sign in with your user name and password.',
    section: 'sign-in-required',
  },
  versions: {
    name: 'Different versions',
    cause: 'This page and the engine are of different versions.',
    next: 'Close the window and open it again.',
    section: 'different-versions',
  },
};
