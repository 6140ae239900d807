/** What a venue saw and did since the start. Mutable: the dialect counts here. */
export interface VenueCounters {
  /** Data frames sent, per client. */
  messages: number;
  /** Frames of the client: text, ping and pong. */
  inboundFrames: number;
  connects: number;
  connectsRefused: number;
  requests: number;
  requestsRefused: number;
  limitBreaches: number;
  bans: number;
  /** Sockets that the venue closed or cut. */
  closes: number;
  /** Data frames that a fault kept from clients. */
  framesLostToFaults: number;
}

export function emptyCounters(): VenueCounters {
  return {
    messages: 0,
    inboundFrames: 0,
    connects: 0,
    connectsRefused: 0,
    requests: 0,
    requestsRefused: 0,
    limitBreaches: 0,
    bans: 0,
    closes: 0,
    framesLostToFaults: 0,
  };
}
