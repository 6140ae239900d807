import type { RecordedFrame, VenueRecordingFeed } from '../../engine/host.ts';
import { answerBybit, awaitedByBybit, bybitInstruments } from './bybitRest.ts';
import type { DialectPort, DialectSocket, VenueDialect } from './venueDialect.ts';
import { readObject, textsIn, timeOf } from './venueDialect.ts';

const categories = { spot: 'spot', linear: 'linear' } as const;
type Category = keyof typeof categories;
const maxSpotArgs = 10;

/** Bybit v5: `/v5/public/spot`, `/v5/public/linear`, and the REST answers that a book and a bot need. */
export function createBybitDialect(feed: VenueRecordingFeed): VenueDialect {
  return {
    venue: 'bybit',
    openSocket(path, _query, port) {
      const category = path.startsWith('/v5/public/') ? path.slice(11) : '';
      return isCategory(category) ? new BybitSocket(feed, port, category) : null;
    },
    awaits: (path, query) => awaitedByBybit(feed, path, query),
    answer: (path, query) => answerBybit(feed, path, query),
  };
}

class BybitSocket implements DialectSocket {
  private readonly feed: VenueRecordingFeed;
  private readonly port: DialectPort;
  private readonly category: Category;
  private readonly connection = crypto.randomUUID();

  constructor(feed: VenueRecordingFeed, port: DialectPort, category: Category) {
    this.feed = feed;
    this.port = port;
    this.category = category;
  }

  onText(text: string): void {
    const request = readObject(text);
    const id = request?.['req_id'];
    const op = request?.['op'];
    switch (op) {
      case 'ping':
        this.reply(true, 'pong', id, 'ping');
        break;
      case 'subscribe':
        this.subscribe(textsIn(request?.['args']) ?? [], id);
        break;
      case 'unsubscribe':
        for (const topic of textsIn(request?.['args']) ?? []) this.port.remove(topic);
        this.reply(true, '', id, 'unsubscribe');
        break;
      default:
        this.reply(false, 'error:invalid op', id, typeof op === 'string' ? op : '');
    }
  }

  textOf({ text }: RecordedFrame): string {
    return text;
  }

  snapshotOf(topic: string): string | null {
    const match = /^orderbook\.(\d+)\.(.+)$/.exec(topic);
    // The first level alone is sent whole each time.
    if (match === null || match[1] === '1') return null;
    const instrument = bybitInstruments(this.feed, this.category).find(
      ({ venueSymbol }) => venueSymbol === match[2],
    );
    const book = instrument === undefined ? null : this.feed.book(instrument.id, Number(match[1]));
    if (book === null) return null;
    const { venueSymbol: s, bids: b, asks: a, sequence: u } = book;
    const ts = timeOf(book);
    // The sequence over all depths is not kept: the stream's own one stands in for it.
    return JSON.stringify({ topic, ts, type: 'snapshot', data: { s, b, a, u, seq: u }, cts: ts });
  }

  /** One bad name fails the whole request, as at the venue. */
  private subscribe(topics: readonly string[], id: unknown): void {
    if (topics.length === 0 || (this.category === 'spot' && topics.length > maxSpotArgs)) {
      this.reply(false, `error:args size >${maxSpotArgs}`, id, 'subscribe');
      return;
    }
    const bad = topics.find((topic) => !this.port.isRecorded(topic));
    if (bad !== undefined) {
      this.reply(false, `error:handler not found,topic:${bad}`, id, 'subscribe');
      return;
    }
    const twice = topics.find((topic) => this.port.has(topic));
    if (twice !== undefined) {
      this.reply(false, `error:already subscribed,topic:${twice}`, id, 'subscribe');
      return;
    }
    this.reply(true, this.category === 'spot' ? 'subscribe' : '', id, 'subscribe');
    for (const topic of topics) this.port.add(topic);
  }

  private reply(success: boolean, message: string, id: unknown, op: string): void {
    const named = typeof id === 'string' ? { req_id: id } : {};
    const body = { success, ret_msg: message, conn_id: this.connection, ...named, op };
    this.port.send(JSON.stringify(body));
  }
}

function isCategory(text: string): text is Category {
  return Object.hasOwn(categories, text);
}
