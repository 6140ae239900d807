import type { ConnectionReason } from '../../../shared/feedHealth.ts';

/** What the venue's feed does when something happens to one of its connections. */
export interface ConnectionOwner<Connection> {
  /** The socket that carried the data is gone; `topics` lost it. */
  onLost(connection: Connection, reason: ConnectionReason): void;
  /** A socket is open and its topics are being asked for. */
  onSubscribing(connection: Connection): void;
  onSubscribed(connection: Connection, topic: string): void;
  onRejected(connection: Connection, topic: string, code: string, text: string): void;
  onUnanswered(connection: Connection, topics: readonly string[]): void;
  onStatus(connection: Connection): void;
  /** Whether the socket may be dead without a sign of it. */
  onDoubt(connection: Connection, isDoubted: boolean): void;
  /** The old socket is gone before it was proven that the new one continues the topic; `held` waited for that. */
  onTakenOver(connection: Connection, topic: string, held: readonly string[]): void;
  /** The socket that carried the topic is gone, and the new one has not begun with it. */
  onUncovered(connection: Connection, topic: string): void;
}
