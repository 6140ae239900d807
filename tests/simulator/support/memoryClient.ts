import type {
  SimConnection,
  SimLink,
  Simulator,
  SimVenueId,
} from '../../../src/simulator/simulator.ts';

export interface ReceivedFrame {
  /** Virtual time at which the venue sent it. */
  readonly time: number;
  readonly text: string;
}

/** A client without a socket: keeps what the venue does to it. */
export class MemoryClient {
  readonly frames: ReceivedFrame[] = [];
  readonly pings: ReceivedFrame[] = [];
  readonly pongs: string[] = [];
  ended: { readonly code: number; readonly reason: string } | undefined;
  answersPings = true;
  private connection: SimConnection | undefined;

  send(text: string): void {
    this.connection?.receive(text);
  }

  sendJson(value: unknown): void {
    this.send(JSON.stringify(value));
  }

  ping(payload: string): void {
    this.connection?.receivePing(payload);
  }

  pong(payload: string): void {
    this.connection?.receivePong(payload);
  }

  leave(): void {
    this.connection?.closed(1000, '');
  }

  texts(): string[] {
    return this.frames.map((frame) => frame.text);
  }

  /** Data frames of the given shape whose text contains `part`. */
  parseFrames<Shape>(part: string): Shape[] {
    return this.texts().flatMap((text) => (text.includes(part) ? [parseBody<Shape>(text)] : []));
  }

  clear(): void {
    this.frames.length = 0;
  }

  attach(simulator: Simulator, venue: SimVenueId, path: string, ip: string): number {
    const link: SimLink = {
      send: (text) => this.frames.push({ time: simulator.now(), text }),
      ping: (payload) => {
        this.pings.push({ time: simulator.now(), text: payload });
        if (this.answersPings) this.pong(payload);
      },
      pong: (payload) => this.pongs.push(payload),
      close: (code, reason) => {
        this.ended = { code, reason };
      },
      terminate: () => {
        this.ended = { code: 1006, reason: '' };
      },
    };
    const handshake = simulator.venue(venue).connect(link, { path, ip });
    if (handshake.accepted === true) {
      this.connection = handshake.connection;
      return 101;
    }
    return handshake.accepted === 'hang' ? -1 : handshake.status;
  }
}

export function connect(
  simulator: Simulator,
  venue: SimVenueId,
  path: string,
  ip = '127.0.0.1',
): MemoryClient {
  const client = new MemoryClient();
  const status = client.attach(simulator, venue, path, ip);
  if (status !== 101) throw new Error(`handshake refused with ${status}`);
  return client;
}

export interface RestReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

export function get(
  simulator: Simulator,
  venue: SimVenueId,
  path: string,
  ip = '127.0.0.1',
): RestReply {
  const result = simulator.venue(venue).rest({ method: 'GET', path, ip });
  if (typeof result === 'string') throw new Error(`no answer: ${result}`);
  const { status, headers, body } = result;
  return { status, headers, text: body };
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the test names the shape it reads
export function getJson<Shape>(simulator: Simulator, venue: SimVenueId, path: string): Shape {
  return parseBody<Shape>(get(simulator, venue, path).text);
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the test names the shape it reads
export function parseBody<Shape>(text: string): Shape {
  return JSON.parse(text) as Shape;
}
