import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { apiPaths } from '../../src/shared/gateway/paths.ts';
import type { ClientEars, ClientPlace, LoadClient } from './loadClient.ts';
import { NotOpened, clientOf, parseJsonMessage } from './loadClient.ts';

const blankLine = Buffer.from('\n\n');

/** Server-Sent Events over plain HTTP. */
export async function openEventStream(place: ClientPlace, ears: ClientEars): Promise<LoadClient> {
  const query = new URLSearchParams({
    channels: place.channels.join(),
    rate: String(place.ratePerSec),
  });
  const response = await ask(place, new Agent(), 'GET', `${apiPaths.stream}?${query.toString()}`);
  const { socket } = response;
  let isClosed = false;
  let rest = '';
  response.on('data', (chunk: Buffer) => {
    ears.onCounted(countOf(chunk));
    ears.onPayload?.(chunk);
    if (ears.onMessage === null) return;
    const events = (rest + chunk.toString('utf8')).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const line = event.split('\n').find((each) => each.startsWith('data: '));
      if (line !== undefined) ears.onMessage(parseJsonMessage(line.slice(6)), event.length + 2);
    }
  });
  response.on('error', () => {
    // `close` follows.
  });
  response.on('close', () => {
    if (!isClosed) ears.onEnd('the stream ended');
  });
  return clientOf(
    () => socket,
    response,
    () => {
      isClosed = true;
      socket.destroy();
    },
  );
}

/** Events in a piece of a stream. */
function countOf(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(blankLine); at >= 0; at = chunk.indexOf(blankLine, at + 2)) {
    count += 1;
  }
  return count;
}

export async function openLongPoll(place: ClientPlace, ears: ClientEars): Promise<LoadClient> {
  const asking = new Asking(place, ears);
  const { channels, ratePerSec: rate } = place;
  const first = await asking.read('POST', apiPaths.poll, JSON.stringify({ channels, rate }));
  const session = /"session":"([^"]+)"/.exec(first)?.[1] ?? '';
  let cursor = cursorOf(first);
  asking.go(async () => {
    const query = new URLSearchParams({ session, cursor });
    const answer = await asking.read('GET', `${apiPaths.poll}?${query.toString()}`);
    cursor = cursorOf(answer);
    asking.hear(answer, (message) => message);
  });
  return asking.client;
}

function cursorOf(answer: string): string {
  return /"cursor":"([^"]+)"/.exec(answer)?.[1] ?? '';
}

const snapshotMs = 1_000;

/** What a table does that asks for the price of its market every second. */
export async function openSnapshots(place: ClientPlace, ears: ClientEars): Promise<LoadClient> {
  const [channel = ''] = place.channels;
  const path = apiPaths.market.replace(':symbol', channel.split('.')[1] ?? '');
  const asking = new Asking(place, ears);
  await asking.read('GET', `${path}/price`);
  // Clients of a table do not ask all at once.
  let dueMs = performance.now() + Math.random() * snapshotMs;
  asking.go(async () => {
    await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
    dueMs += snapshotMs;
    if (asking.isClosed) return;
    asking.hear(await asking.read('GET', `${path}/price`), (message) => ({
      time: fieldOf(message, 'time'),
      updates: [fieldOf(message, 'price')],
    }));
  });
  return asking.client;
}

function fieldOf(message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, name) : null;
}

/** One client that asks again and again over one connection. */
class Asking {
  readonly client: LoadClient;
  isClosed = false;
  readonly #place: ClientPlace;
  readonly #ears: ClientEars;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #socket: Socket | null = null;
  /** Of connections before the present one. */
  #bytesBefore = 0;

  constructor(place: ClientPlace, ears: ClientEars) {
    this.#place = place;
    this.#ears = ears;
    this.client = {
      bytesRead: () => this.#bytesBefore + (this.#socket?.bytesRead ?? 0),
      setReading: () => undefined,
      close: () => {
        this.isClosed = true;
        this.#agent.destroy();
      },
    };
  }

  async read(method: 'GET' | 'POST', path: string, body = ''): Promise<string> {
    this.#ears.onRequest();
    const response = await ask(this.#place, this.#agent, method, path, body);
    if (response.socket !== this.#socket) {
      this.#bytesBefore += this.#socket?.bytesRead ?? 0;
      this.#socket = response.socket;
    }
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return text;
  }

  hear(answer: string, messageOf: (answer: unknown) => unknown): void {
    this.#ears.onCounted(1);
    this.#ears.onPayload?.(Buffer.from(answer));
    this.#ears.onMessage?.(messageOf(parseJsonMessage(answer)), answer.length);
  }

  go(turn: () => Promise<void>): void {
    const loop = async (): Promise<void> => {
      while (!this.isClosed) await turn();
    };
    loop().catch((error: unknown) => {
      if (!this.isClosed) this.#ears.onEnd(error instanceof Error ? error.message : 'failed');
      this.client.close();
    });
  }
}

function ask(
  { origin, key, localAddress }: ClientPlace,
  agent: Agent,
  method: 'GET' | 'POST',
  path: string,
  body = '',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${origin}${path}`,
      {
        ...{ agent, method },
        ...(localAddress === null ? {} : { localAddress }),
        headers: {
          authorization: `Bearer ${key}`,
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        },
      },
      (response) => {
        if (response.statusCode === 200) resolve(response);
        else {
          response.resume();
          reject(new NotOpened(`HTTP ${response.statusCode ?? 0}`));
        }
      },
    );
    sent.on('error', (error) => reject(new NotOpened(error.message)));
    sent.end(body);
  });
}
