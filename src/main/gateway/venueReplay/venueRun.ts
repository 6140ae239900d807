import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { VenueId } from '../../../shared/venues.ts';
import type { VenueRecordingFeed, VenueRecordingState } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import { createBinanceDialect } from './binanceDialect.ts';
import { createBybitDialect } from './bybitDialect.ts';
import { createOkxDialect } from './okxDialect.ts';
import type { RestReply, VenueDialect } from './venueDialect.ts';
import { VenueSocket } from './venueSocket.ts';

/** What has not come yet is waited for: at the beginning of a session nothing was heard of a market. */
const answerWaitMs = 5_000;
const answerLookMs = 25;

/** One playing of one recording, on the protocols of all its venues; it begins with the first who wants market data. */
export class VenueRun {
  /** Not to be guessed: bots cannot show a token, whoever knows the address may connect. */
  readonly id = randomBytes(12).toString('hex');
  /** It stays also when nobody is connected for long. */
  isKept = false;
  /** Nobody is connected since; null: somebody is. */
  idleSinceMs: number | null;
  private readonly feed: VenueRecordingFeed;
  private readonly clock: GatewayClock;
  private readonly dialects: ReadonlyMap<VenueId, VenueDialect>;
  private readonly sockets = new Map<VenueSocket, VenueId>();

  constructor(feed: VenueRecordingFeed, clock: GatewayClock) {
    this.feed = feed;
    this.clock = clock;
    this.idleSinceMs = clock.monotonicMs();
    this.dialects = new Map(
      [createBinanceDialect(feed), createBybitDialect(feed), createOkxDialect(feed)].map(
        (dialect) => [dialect.venue, dialect],
      ),
    );
    feed.listen({
      onFrame: (frame) => {
        for (const [socket, venue] of this.sockets) if (venue === frame.venue) socket.pass(frame);
      },
      // What comes does not continue what was sent: the venue's own way to say so is a new connection.
      onBreak: (venue) =>
        this.endSockets(venue, 1012, 'the recording has a hole here: connect again'),
      onEnd: () => this.endSockets(null, 1001, 'the recording is over'),
    });
  }

  get state(): VenueRecordingState {
    return this.feed.state;
  }

  /** Of which the recording holds anything. */
  get venues(): readonly VenueId[] {
    return [...this.dialects.keys()].filter((venue) => this.feed.topics(venue).size > 0);
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Whether the venue has a socket there, and the recording what its address names; asked before the handshake. */
  hasSocket(venue: VenueId, path: string, query: URLSearchParams): boolean {
    const recorded = this.feed.topics(venue);
    const port = { ...deafPort, isRecorded: (topic: string) => recorded.has(topic) };
    const socket = this.dialects.get(venue)?.openSocket(path, query, port) ?? null;
    return socket !== null;
  }

  connect(venue: VenueId, path: string, query: URLSearchParams, ws: WebSocket): void {
    const socket = new VenueSocket(ws, this.feed.topics(venue), this.clock);
    socket.onSubscribed = () => this.feed.play();
    socket.dialect = this.dialects.get(venue)?.openSocket(path, query, socket) ?? null;
    this.sockets.set(socket, venue);
    this.idleSinceMs = null;
    ws.on('close', () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.idleSinceMs = this.clock.monotonicMs();
    });
  }

  async answer(venue: VenueId, path: string, query: URLSearchParams): Promise<RestReply | null> {
    const dialect = this.dialects.get(venue);
    if (dialect === undefined) return null;
    // A program may know of no sockets.
    if (this.idleSinceMs !== null) this.idleSinceMs = this.clock.monotonicMs();
    const isThere = dialect.awaits(path, query);
    if (isThere !== null) {
      this.feed.play();
      await this.until(isThere);
    }
    return await dialect.answer(path, query);
  }

  close(reason: string): void {
    this.endSockets(null, 1001, reason);
    this.feed.close();
  }

  private async until(isThere: () => boolean): Promise<void> {
    const untilMs = this.clock.monotonicMs() + answerWaitMs;
    while (!isThere()) {
      if (this.clock.monotonicMs() >= untilMs || this.feed.state.isFinished) return;
      await new Promise<void>((resolve) => this.clock.after(answerLookMs, resolve));
    }
  }

  private endSockets(venue: VenueId | null, code: number, reason: string): void {
    for (const [socket, ofVenue] of [...this.sockets]) {
      if (venue === null || ofVenue === venue) socket.end(code, reason);
    }
  }
}

const deafPort = {
  send: () => undefined,
  isRecorded: () => false,
  has: () => false,
  add: () => undefined,
  remove: () => undefined,
  topics: [],
};
