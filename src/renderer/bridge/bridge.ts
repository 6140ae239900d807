import type {
  BridgeTransport,
  Command,
  CommandAnswers,
  CommandResult,
  HostEvent,
  TopicRequest,
} from '../../shared/bridge.ts';
import type { EpochMs } from '../../shared/market.ts';

/** Why the page has no host, in the words of the error catalogue. */
export type LinkFault =
  | 'socketFailed' // nothing took the connection
  | 'timeout' // it was taken, and nothing came
  | 'transportClosed' // it was open and ended
  | 'invalidKey'
  | 'sessionExpired'
  | 'tooManyKeys'
  | 'signIn'
  | 'versions';

/** What the page does by itself to get its host back. */
export interface LinkRetry {
  /** Of the try that comes next or is under way; starts at 1 with each lost connection. */
  readonly attempt: number;
  /** Null while the try is under way. */
  readonly nextAttemptTime: EpochMs | null;
  /** The quick tries were in vain: it goes on at the longest delay, and a person may press Reconnect. */
  readonly failed: boolean;
}

/** `mismatch`: page and host are of different versions, also after a reload. `refused`: the host wants another key. */
export type BridgeState =
  | { readonly type: 'connecting' }
  | { readonly type: 'open' }
  | {
      readonly type: 'closed' | 'refused';
      readonly fault: LinkFault;
      readonly reason: string;
      readonly retry: LinkRetry;
    }
  | { readonly type: 'mismatch'; readonly reason: string };

/** A topic that this page holds; a new one, with a new id, each time it is taken after nobody held it. */
export interface HeldTopic {
  readonly id: number;
  readonly key: string;
  /** Safe to call twice. */
  release(): void;
}

/** The page's end of the line to its host. It connects by itself, again and again, and subscribes anew each time. */
export interface TruetapeBridge {
  readonly state: BridgeState;
  /** Reference counted by topic; the host is told the whole set, at most once a frame. */
  subscribe(request: TopicRequest): HeldTopic;
  /** Null for an id that is not held any more. */
  keyOf(id: number): string | null;
  /** Never rejects: a lost connection is an answer with `ok: false`. */
  command<C extends Command>(command: C): Promise<CommandResult<CommandAnswers[C['type']]>>;
  /** Bytes as they arrived, with the page's clock; one listener. */
  onBatch(listener: (bytes: Uint8Array, receivedMs: number) => void): void;
  /** After painting: everything up to this batch. Page clock, ms since the batch's arrival. */
  ackBatch(sequence: number, appliedMs: number, paintedMs: number): void;
  onHostEvent(listener: (event: HostEvent) => void): () => void;
  onState(listener: (state: BridgeState) => void): () => void;
  /** A hidden page gets no batches. */
  setVisible(visible: boolean): void;
  /** What arrived is damaged: a new connection and a whole new picture. */
  restart(reason: string): void;
  /** By hand: tries at once, as on a first visit. Nothing happens while a try is under way or the versions differ. */
  reconnect(): void;
  /** The batches are of another version than this page reads. */
  mismatch(): void;
  close(): void;
}

/** The host does not let this page in; it says what a person can do. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly fault: LinkFault;

  constructor(message: string, fault: LinkFault = 'invalidKey') {
    super(message);
    this.fault = fault;
  }
}

/** The host took the connection and did not go on in time. */
export class LinkTimeoutError extends Error {
  override readonly name = 'LinkTimeoutError';
}

export interface BridgeOptions {
  /** Rejects with `RefusedError`, or with any other error when the host is not there. */
  readonly open: () => Promise<BridgeTransport>;
  readonly now: () => number;
  /** Runs once after the delay; returns its cancel. */
  readonly after: (delayMs: number, run: () => void) => () => void;
  /** Runs in the next frame, or soon where there are no frames. */
  readonly soon: (run: () => void) => void;
  /** Reloads the page once in its life for a host of another version; false when that was tried before. */
  readonly reloadOnce: () => boolean;
  /** The versions fit: a later mismatch may reload again. */
  readonly versionsFit: () => void;
  readonly random?: () => number;
}
