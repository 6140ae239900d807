import type { FaultBoard, PushForm } from '../faults/faultBoard.ts';
import type { Instrument } from '../market/instrument.ts';
import type { MarketListener } from '../market/market.ts';
import type { Random } from '../market/random.ts';
import type { SimVenueId } from '../market/venueProfiles.ts';
import type { VenueCounters } from './counters.ts';
import type { VenueSockets } from './venueSockets.ts';

/** All that a dialect is given. */
export interface VenueContext {
  readonly id: SimVenueId;
  readonly instruments: readonly Instrument[];
  readonly faults: FaultBoard;
  readonly counters: VenueCounters;
  /** Whether the venue's limits are enforced. */
  readonly limits: boolean;
  /** For what the dialect alone draws: it never touches the market's numbers. */
  readonly random: Random;
  /** Virtual epoch ms with a fraction. */
  now(): number;
  schedule(time: number, run: () => void): () => void;
  listen(listener: MarketListener): void;
}

/** A dialect with what the simulator itself asks of it. */
export interface DialectHost {
  readonly connections: VenueSockets;
  /** The venue's notice that sockets will end; they do after `leadMs`, cut or closed. False where it has none. */
  announceShutdown(leadMs: number, isCut: boolean): boolean;
  /** False where no subscribed topic has such a message. */
  pushBook(instrument: Instrument, form: PushForm): boolean;
  /** What a request for the whole book would be answered now, without limits. */
  bookAnswer(instrument: Instrument): string;
  /** The change id of the instrument's book that a published update id stands for. */
  changeIdOf(instrument: Instrument, updateId: number, depth: number): number | undefined;
  /** The update id that the venue would now give the whole book. */
  updateIdOf(instrument: Instrument, depth: number): number;
  /** As the venue prints it. */
  tradeIdOf(instrument: Instrument, tradeId: number): string;
}
