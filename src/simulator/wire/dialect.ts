import type { WireForm } from '../faults/faultBoard.ts';
import type { SimVenueId } from '../market/venueProfiles.ts';

/** What the dialect does to the client. */
export interface SimLink {
  send(text: string): void;
  /** Not as one text frame; a link that cannot sends text. */
  sendAs?(form: WireForm, text: string): void;
  ping(payload: string): void;
  pong(payload: string): void;
  /** With a close frame. */
  close(code: number, reason: string): void;
  /** Without one: the client sees 1006. */
  terminate(): void;
  /** What was sent and has not left yet; a slow consumer is cut by it. */
  bufferedBytes?(): number;
}

/** What the client does to the dialect. */
export interface SimConnection {
  receive(text: string): void;
  receivePing(payload: string): void;
  receivePong(payload: string): void;
  closed(code: number, reason: string): void;
}

export interface HandshakeRequest {
  /** With query. */
  readonly path: string;
  readonly ip: string;
}

export interface RestRequest extends HandshakeRequest {
  readonly method: string;
}

export interface Refusal {
  readonly accepted: false;
  /** 0: the connection is reset without an HTTP answer. */
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export type Handshake =
  | { readonly accepted: true; readonly connection: SimConnection }
  | Refusal
  /** The client waits for an answer that never comes. */
  | { readonly accepted: 'hang' };

export interface RestAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** How long the answer is on its way; its content is of now. */
  readonly delayMs: number;
}

export type RestResult = RestAnswer | 'hang' | 'reset';

/** One venue's wire protocol. It knows neither sockets nor clocks. */
export interface VenueDialect {
  readonly id: SimVenueId;
  /** `request.ip` is whom the venue's limits count. */
  connect(link: SimLink, request: HandshakeRequest): Handshake;
  rest(request: RestRequest): RestResult;
}
