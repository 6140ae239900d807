import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { StatusMessage } from '../../../shared/gateway/wire.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { DataSource } from '../../../shared/values.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { HubClient } from './clientSession.ts';
import type { EventLog } from './eventLog.ts';
import type { HubTally } from './hubCounts.ts';
import type { Publication } from './marketFeed.ts';
import type { Pacer } from './pacer.ts';
import type { ChannelBook } from './readChannels.ts';
import type { Shape, SharedRecord } from './shapes.ts';
import type { BoardChannel } from './stateBoard.ts';

/** What the clients of a hub share. */
export interface ClientHub extends ChannelBook {
  readonly clock: GatewayClock;
  readonly version: string;
  readonly source: DataSource;
  readonly log: EventLog;
  readonly pacer: Pacer;
  readonly tally: HubTally;
  /** Events up to there have been given to the clients that keep up. */
  readonly flushedPlace: number;
  /** Now, by the clock of the engine. */
  time(): EpochMs;
  /** Gives out the events of this turn. */
  flush(): void;
  join(id: ChannelId): BoardChannel;
  release(board: BoardChannel): void;
  /** Null: there is none yet. */
  stateRecord(board: BoardChannel, shape: Shape, nowMs: number): SharedRecord | null;
  eventRecord(publication: Publication, shape: Shape, heardMs: number): SharedRecord;
  countSent(records: readonly SharedRecord[], isNews: boolean): void;
  /** The client has events of this turn. */
  touch(client: HubClient): void;
  /** The client does not read: it is looked at from time to time. */
  stall(client: HubClient): void;
  left(client: HubClient): void;
  tell(client: HubClient, status: StatusMessage['status'], message: string): void;
}
