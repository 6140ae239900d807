import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { StatusMessage } from '../../../shared/gateway/wire.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { DataSource } from '../../../shared/values.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { ClientView, TransportName } from './clientContract.ts';
import type { Principal } from '../accounts/access.ts';
import type { EventLog } from './eventLog.ts';
import type { HubTally } from './hubCounts.ts';
import type { FeedLoss, Publication } from './marketFeed.ts';
import type { Pacer } from './pacer.ts';
import type { ChannelBook } from './readChannels.ts';
import type { Shape, SharedRecord } from './shapes.ts';
import type { BoardChannel } from './stateBoard.ts';

/** One client, as the hub keeps it. */
export interface HubMember {
  readonly id: string;
  readonly transport: TransportName;
  readonly address: string;
  readonly openedMs: number;
  readonly principal: Principal;
  /** Looked at until it reads again; nothing is scheduled for it meanwhile. */
  isStalled: boolean;
  sendMessage(message: StatusMessage): void;
  end(error: GatewayError): void;
  /** After the last event of a turn that began behind `place`. */
  flushEvents(place: number): void;
  view(nowMs: number): ClientView;
  /** A stalled one is looked at again and again. True: it goes on, or has ended. */
  look(nowMs: number): boolean;
  /** Another log: everyone stands at its beginning, `place`. */
  onLogBegun(place: number): void;
  /** Something was lost upstream; one that is behind is told when it gets there. */
  onLost(loss: FeedLoss): void;
  /** Tells that the access ends, and ends it. */
  checkAccess(wallMs: number): void;
  /** Where nothing happens for long, the cursor that it holds would grow too old: it gets a newer one without records. */
  keepCursor(nowMs: number): void;
}

/** What the clients of a hub share. */
export interface ClientHub extends ChannelBook {
  readonly clock: GatewayClock;
  readonly version: string;
  readonly source: DataSource;
  /** Why nothing can be live now; null: it can. */
  readonly lostNote: string | null;
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
  touch(client: HubMember): void;
  /** The client does not read: it is looked at from time to time. */
  stall(client: HubMember): void;
  left(client: HubMember): void;
  tell(client: HubMember, status: StatusMessage['status'], message: string): void;
}
