import type {
  BridgeTransport,
  Command,
  CommandAnswers,
  CommandResult,
  HostEvent,
  TopicRequest,
} from '../../shared/bridge.ts';
import type { EpochMs } from '../../shared/market.ts';

/** `mismatch`: page and host are of different versions, also after a reload. `refused`: the host wants another key. */
export type BridgeState =
  | { readonly type: 'connecting' }
  | { readonly type: 'open' }
  | { readonly type: 'closed'; readonly reason: string; readonly nextAttemptTime: EpochMs }
  | { readonly type: 'refused'; readonly reason: string; readonly nextAttemptTime: EpochMs }
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
  /** The batches are of another version than this page reads. */
  mismatch(): void;
  close(): void;
}

/** The host does not let this page in; it says what a person can do. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
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
