import type { EpochMs } from '../../shared/market.ts';
import type { VenueId } from '../../shared/venues.ts';
import type { LinkFailure } from './ports/linkFailure.ts';
import type { RestRequest } from './venues/venue.ts';
import type { EngineCommand } from './engineCommand.ts';

/** When an input reached the engine. Wall time is a label; every duration is taken from `monotonicMs`. */
export interface InputTime {
  /** Epoch ms with a microsecond fraction. */
  readonly receivedTime: EpochMs;
  readonly monotonicMs: number;
}

/** `binance#1`: one logical connection; `generation` counts its sockets, so that a late message of an old one is known. */
export interface SocketRef {
  readonly connection: string;
  readonly generation: number;
}

/** Everything that the core ever learns. The recorder writes them down before they are handled; replay feeds them again. */
export type CoreInput = InputTime &
  (
    | ({ readonly type: 'frame'; readonly text: string } & SocketRef)
    | ({ readonly type: 'opened' } & SocketRef)
    | ({
        readonly type: 'closed';
        /** Close code of the WebSocket; below 1000 the HTTP status of a refused handshake. 1006: no close frame. */
        readonly code: number;
        readonly reason: string;
        /** What this machine knows of the cause. */
        readonly failure?: LinkFailure;
      } & SocketRef)
    | {
        readonly type: 'restAnswered';
        readonly requestId: number;
        readonly status: number;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: string;
        /** From the request's first byte to the answer's last, without the time that it waited for the budget. */
        readonly elapsedMs: number;
      }
    | {
        readonly type: 'restFailed';
        readonly requestId: number;
        readonly reason: string;
        readonly failure?: LinkFailure;
      }
    | {
        /** The shell drew the delay and found a place in the venue's budget. */
        readonly type: 'attemptScheduled';
        readonly connection: string;
        readonly delayMs: number;
        /** The venue has frozen all requests of ours: why the delay is longer than the back-off. */
        readonly frozen: 'rate-limited' | 'banned' | null;
      }
    | ({
        /** Protocol ping of the venue, answered by the shell. */
        readonly type: 'pinged';
      } & SocketRef)
    | { readonly type: 'command'; readonly command: EngineCommand }
    | { readonly type: 'tick' }
  );

/** What the core wants done. The shell turns effects into IO; replay drops them. */
export type CoreEffect =
  | {
      /** Open a socket now; `opened` or `closed` answers. */
      readonly type: 'connect';
      readonly venue: VenueId;
      readonly connection: string;
      readonly generation: number;
      readonly path: string;
    }
  | {
      /**
       * Draw a delay in [minDelayMs, maxDelayMs], wait for a place in the connect budget, report it by `attemptScheduled`.
       * The place of an earlier schedule of the same connection is free again.
       */
      readonly type: 'scheduleAttempt';
      readonly venue: VenueId;
      readonly connection: string;
      /** Absent: 0. */
      readonly minDelayMs?: number;
      readonly maxDelayMs: number;
    }
  | ({
      readonly type: 'send';
      readonly text: string;
      readonly purpose: 'heartbeat' | 'subscription';
    } & SocketRef)
  /** Hard end without waiting for a close handshake. */
  | ({ readonly type: 'terminate'; readonly reason: string } & SocketRef)
  | {
      readonly type: 'fetch';
      readonly venue: VenueId;
      readonly requestId: number;
      readonly request: RestRequest;
    };

export type EffectSink = (effect: CoreEffect) => void;
