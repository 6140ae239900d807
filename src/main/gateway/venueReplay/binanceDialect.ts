import type { RecordedFrame, VenueRecordingFeed } from '../../engine/host.ts';
import { answerBinance, awaitedByBinance } from './binanceRest.ts';
import type { DialectPort, DialectSocket, VenueDialect } from './venueDialect.ts';
import { readObject, textsIn } from './venueDialect.ts';

/** Binance spot: `/ws`, `/ws/STREAM`, `/stream?streams=A/B`, and the REST answers that a book and a bot need. */
export function createBinanceDialect(feed: VenueRecordingFeed): VenueDialect {
  return {
    venue: 'binance',
    openSocket(path, query, port) {
      const [, first, ...rest] = path.split('/');
      if (first !== 'ws' && first !== 'stream') return null;
      const named = first === 'stream' ? (query.get('streams')?.split('/') ?? []) : rest;
      // Clients number their sockets in the path (`/ws/1`): the venue takes any name, and so is what is no stream.
      const topics = named.filter((topic) => topic.includes('@'));
      if (!topics.every((topic) => port.isRecorded(topic))) return null;
      for (const topic of topics) port.add(topic);
      return new BinanceSocket(port, first === 'stream');
    },
    awaits: (path, query) => awaitedByBinance(feed, path, query),
    answer: (path, query) => answerBinance(feed, path, query),
  };
}

class BinanceSocket implements DialectSocket {
  private readonly port: DialectPort;
  /** Each message inside of `{"stream":..,"data":..}`. */
  private isCombined: boolean;

  constructor(port: DialectPort, isCombined: boolean) {
    this.port = port;
    this.isCombined = isCombined;
  }

  onText(text: string): void {
    const request = readObject(text);
    if (request === null) {
      this.complain(3, 'Invalid JSON: expected value at line 1 column 1', null);
      return;
    }
    const { method, params } = request;
    const id = idOf(request['id']);
    switch (method) {
      case 'SUBSCRIBE':
        this.subscribe(textsIn(params), id);
        break;
      case 'UNSUBSCRIBE':
        for (const topic of textsIn(params) ?? []) this.port.remove(topic);
        this.reply(null, id);
        break;
      case 'LIST_SUBSCRIPTIONS':
        this.reply(this.port.topics, id);
        break;
      case 'SET_PROPERTY':
        this.isCombined = Array.isArray(params) && params[1] === true;
        this.reply(null, id);
        break;
      case 'GET_PROPERTY':
        this.reply(this.isCombined, id);
        break;
      default:
        this.complain(2, 'Invalid request: unknown method', id);
    }
  }

  textOf({ text, topics }: RecordedFrame): string {
    const data = dataIn(text);
    if (!this.isCombined) return data ?? text;
    return data === null ? `{"stream":"${topics[0]?.topic ?? ''}","data":${text}}` : text;
  }

  /** Books begin with an answer of REST. */
  snapshotOf(): null {
    return null;
  }

  /** The venue itself takes any name and stays silent; a stream that is not in the recording would look frozen for ever. */
  private subscribe(topics: readonly string[] | null, id: string): void {
    if (topics === null) {
      this.complain(2, 'Invalid request: params must be an array of streams', id);
      return;
    }
    const missing = topics.filter((topic) => !this.port.isRecorded(topic));
    if (missing.length > 0) {
      const names = JSON.stringify(missing.join(', ').slice(0, 200)).slice(1, -1);
      this.complain(2, `Invalid request: not in this recording: ${names}`, id);
      return;
    }
    for (const topic of topics) this.port.add(topic);
    this.reply(null, id);
  }

  private reply(result: unknown, id: string): void {
    this.port.send(`{"result":${JSON.stringify(result)},"id":${id}}`);
  }

  private complain(code: number, message: string, id: string | null): void {
    const tail = id === null ? '' : `,"id":${id}`;
    this.port.send(`{"error":{"code":${code},"msg":"${message}"}${tail}}`);
  }
}

/** The inner message of a combined one, byte for byte; null for a raw one. */
function dataIn(text: string): string | null {
  if (!text.startsWith('{"stream":"')) return null;
  const at = text.indexOf('","data":', 11);
  return at < 0 ? null : text.slice(at + 9, text.lastIndexOf('}'));
}

function idOf(id: unknown): string {
  return typeof id === 'number' || typeof id === 'string' ? JSON.stringify(id) : 'null';
}
