import type { HttpGet } from '../../src/main/engine/ports/http.ts';
import type { OpenSocket, SocketHandlers } from '../../src/main/engine/ports/socket.ts';
import type { Venue, VenueEndpoints } from '../../src/main/engine/venues/venue.ts';
import type { Simulator, SimVenueId } from '../../src/simulator/simulator.ts';
import { simVenueIds } from '../../src/simulator/market/venueProfiles.ts';
import { VirtualClock } from './virtualClock.ts';
import type { VirtualClockPort } from './virtualClockPort.ts';
import { createClockPort } from './virtualClockPort.ts';

const handshakeTimeoutMs = 10_000;
const requestTimeoutMs = 10_000;

export interface MemoryLinksOptions {
  /** One way, for frames and requests alike; 2 ms unless given. */
  readonly latencyMs?: number;
  /** On top of it, drawn for each read of frames; later reads wait for it. */
  readonly holdMs?: () => number;
  /** How long after its opening the venue ends a socket, with code 1001. */
  readonly lifetimeMs?: number;
}

/**
 * The simulator's dialects behind the shell's ports, without sockets: both sides run on one virtual clock, so one seed gives
 * one result.
 */
export class MemoryLinks {
  readonly clock = new VirtualClock();
  readonly clockPort: VirtualClockPort;
  readonly simulator: Simulator;
  /** Attempts to connect so far, by venue. */
  readonly attempts = new Map<string, number>();
  private readonly startTime: number;
  private readonly latencyMs: number;
  private readonly open = new Set<MemoryLink>();
  private readonly options: LinkOptions;

  constructor(simulator: Simulator, options: MemoryLinksOptions = {}) {
    this.options = { ...options, isBlocked: false };
    this.simulator = simulator;
    this.startTime = simulator.now();
    this.latencyMs = options.latencyMs ?? 2;
    this.clockPort = createClockPort(this.clock, this.startTime);
  }

  endpoints(venue: Venue): VenueEndpoints {
    return { ws: `memory://${venue.id}`, rest: `memory://${venue.id}` };
  }

  /** Lets market and engine live for a while, in steps of one millisecond unless given; `onStep` after each. */
  run(forMs: number, onStep: () => void = () => undefined, stepMs = 1): void {
    const untilMs = this.clock.monotonicMs() + forMs;
    while (this.clock.monotonicMs() < untilMs - 1e-6) {
      this.simulator.advanceTo(this.startTime + this.clock.monotonicMs() + stepMs);
      this.clock.advance(stepMs);
      onStep();
    }
  }

  /** The market lives on and our side does nothing: what it sent meanwhile is read afterwards, all at once. */
  block(forMs: number): void {
    const { clock, simulator, options } = this;
    clock.stall(forMs);
    options.isBlocked = true;
    simulator.advanceTo(this.startTime + clock.monotonicMs());
    options.isBlocked = false;
  }

  /** The link that was asked for first ends without a close frame. */
  cutOldest(): void {
    const [oldest] = this.open;
    oldest?.cut();
  }

  readonly openSocket: OpenSocket = (url, handlers) => {
    const { venue, path } = partsOf(url);
    this.attempts.set(venue, (this.attempts.get(venue) ?? 0) + 1);
    const link = new MemoryLink(this.clock, this.options, {
      ...handlers,
      closed: (...how) => {
        this.open.delete(link);
        handlers.closed(...how);
      },
    });
    this.open.add(link);
    this.clock.after(this.latencyMs, () => link.open(this.simulator, venue, path));
    return {
      send: (text) => link.send(text),
      terminate: () => link.end(1006, 'terminated'),
    };
  };

  readonly httpGet: HttpGet = (url, done) => {
    const { venue, path } = partsOf(url);
    const started = this.clock.monotonicMs();
    let cancelled = false;
    const finish = (afterMs: number, run: () => void): void => {
      this.clock.after(afterMs, () => {
        if (!cancelled) run();
      });
    };
    finish(this.latencyMs, () => {
      const result = this.simulator.venue(venue).rest({ method: 'GET', path, ip: '127.0.0.1' });
      if (result === 'hang') {
        finish(requestTimeoutMs, () => done({ type: 'failed', reason: 'timeout' }));
      } else if (result === 'reset') {
        finish(this.latencyMs, () => done({ type: 'failed', reason: 'reset' }));
      } else {
        const { status, headers, body, delayMs } = result;
        finish(delayMs + this.latencyMs, () => {
          const answer = { status, headers: lowerCase(headers), body };
          done({ type: 'answered', answer, elapsedMs: this.clock.monotonicMs() - started });
        });
      }
    });
    return () => {
      cancelled = true;
    };
  };
}

interface LinkOptions extends MemoryLinksOptions {
  /** What is sent has arrived, and waits to be read. */
  isBlocked: boolean;
}

class MemoryLink {
  private readonly clock: VirtualClock;
  private readonly latencyMs: number;
  private readonly options: LinkOptions;
  private lastDueMs = 0;
  private readonly handlers: SocketHandlers;
  private connection: {
    receive(text: string): void;
    receivePong(payload: string): void;
    closed(code: number, reason: string): void;
  } | null = null;
  private isOver = false;

  constructor(clock: VirtualClock, options: LinkOptions, handlers: SocketHandlers) {
    this.clock = clock;
    this.options = options;
    this.latencyMs = options.latencyMs ?? 2;
    this.handlers = handlers;
  }

  open(simulator: Simulator, venue: SimVenueId, path: string): void {
    if (this.isOver) return;
    const later = (run: () => void): void => this.later(run);
    const handshake = simulator.venue(venue).connect(
      {
        send: (text) => later(() => this.handlers.frame(text)),
        ping: (payload) =>
          later(() => {
            this.handlers.pinged(() => {
              this.clock.after(this.latencyMs, () => this.connection?.receivePong(payload));
            });
          }),
        pong: () => undefined,
        close: (code, reason) => later(() => this.finish(code, reason)),
        terminate: () => later(() => this.finish(1006, '')),
      },
      { path, ip: '127.0.0.1' },
    );
    if (handshake.accepted === 'hang') {
      this.clock.after(handshakeTimeoutMs, () => this.finish(1006, 'handshake timeout'));
    } else if (handshake.accepted) {
      this.connection = handshake.connection;
      later(() => this.handlers.opened());
      const { lifetimeMs } = this.options;
      if (lifetimeMs !== undefined) {
        this.clock.after(lifetimeMs, () => this.finish(1001, 'Going away'));
      }
    } else {
      const status = handshake.status === 0 ? 1006 : handshake.status;
      const retryAfter = Number(lowerCase(handshake.headers)['retry-after'] ?? Number.NaN) * 1000;
      later(() => this.finish(status, 'refused', Number.isNaN(retryAfter) ? null : retryAfter));
    }
  }

  send(text: string): void {
    this.clock.after(this.latencyMs, () => this.connection?.receive(text));
  }

  /** Our side ends it: the other side sees it a little later, our handlers at once. */
  end(code: number, reason: string): void {
    const { connection } = this;
    this.connection = null;
    this.clock.after(this.latencyMs, () => connection?.closed(1006, ''));
    this.clock.after(0, () => this.finish(code, reason));
  }

  cut(): void {
    this.finish(1006, '');
  }

  private finish(code: number, reason: string, retryAfterMs: number | null = null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.connection?.closed(code, reason);
    this.connection = null;
    this.handlers.closed(code, reason, retryAfterMs);
  }

  private later(run: () => void): void {
    const now = this.clock.monotonicMs();
    const { holdMs } = this.options;
    if (holdMs !== undefined) {
      this.lastDueMs = Math.max(this.lastDueMs, now + this.latencyMs + holdMs());
    }
    const { isBlocked } = this.options;
    const waitMs = isBlocked ? 0 : Math.max(this.latencyMs, this.lastDueMs - now);
    this.clock.after(waitMs, () => {
      if (!this.isOver) run();
    });
  }
}

function partsOf(url: string): { readonly venue: SimVenueId; readonly path: string } {
  const { host, pathname, search } = new URL(url);
  const venue = simVenueIds.find((id) => id === host);
  if (venue === undefined) throw new RangeError(`no such venue: ${url}`);
  return { venue, path: pathname + search };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
