import type { RecordedFrame, VenueRecordingFeed } from '../../engine/host.ts';
import { answerOkx, awaitedByOkx, okxLevel, okxLevels } from './okxRest.ts';
import type { DialectPort, DialectSocket, VenueDialect } from './venueDialect.ts';
import { isRecord, readObject, timeOf } from './venueDialect.ts';

/** OKX v5: `/ws/v5/public`, `/ws/v5/business`, and the REST answers that a book and a bot need. */
export function createOkxDialect(feed: VenueRecordingFeed): VenueDialect {
  return {
    venue: 'okx',
    openSocket(path, _query, port) {
      const isKnown = path === '/ws/v5/public' || path === '/ws/v5/business';
      return isKnown ? new OkxSocket(feed, port) : null;
    },
    awaits: (path, query) => awaitedByOkx(feed, path, query),
    answer: (path, query) => answerOkx(feed, path, query),
  };
}

class OkxSocket implements DialectSocket {
  private readonly feed: VenueRecordingFeed;
  private readonly port: DialectPort;
  private readonly connection = crypto.randomUUID().slice(0, 8);

  constructor(feed: VenueRecordingFeed, port: DialectPort) {
    this.feed = feed;
    this.port = port;
  }

  onText(text: string): void {
    if (text === 'ping') {
      this.port.send('pong');
      return;
    }
    const request = readObject(text);
    const op = request?.['op'];
    const args = request?.['args'];
    const id = typeof request?.['id'] === 'string' ? { id: request['id'] } : {};
    if ((op !== 'subscribe' && op !== 'unsubscribe') || !Array.isArray(args) || args.length > 256) {
      this.complain('60012', `Invalid request: ${text.slice(0, 200)}`, id);
      return;
    }
    for (const arg of args) this.take(op, arg, id);
  }

  textOf({ text }: RecordedFrame): string {
    return text;
  }

  snapshotOf(topic: string): string | null {
    const [channel, instId] = topic.split(':');
    if (channel !== 'books') return null;
    const instrument = this.feed
      .instruments('okx')
      .find(({ venueSymbol }) => venueSymbol === instId);
    const book = instrument === undefined ? null : this.feed.book(instrument.id, okxLevels);
    if (book === null) return null;
    const row = {
      ...{ asks: book.asks.map(okxLevel), bids: book.bids.map(okxLevel), ts: String(timeOf(book)) },
      ...{ checksum: 0, prevSeqId: -1, seqId: book.sequence },
    };
    return JSON.stringify({ arg: { channel, instId }, action: 'snapshot', data: [row] });
  }

  private take(op: 'subscribe' | 'unsubscribe', arg: unknown, id: object): void {
    const channel = isRecord(arg) ? arg['channel'] : undefined;
    const instId = isRecord(arg) ? arg['instId'] : undefined;
    if (typeof channel !== 'string' || typeof instId !== 'string') {
      this.complain('60013', 'Invalid args', id);
      return;
    }
    const topic = `${channel}:${instId}`;
    if (op === 'subscribe' && !this.port.isRecorded(topic)) {
      const text = `Subscribe failed, wrong URL or channel:${channel},instId:${instId} doesn't exist in this recording.`;
      this.complain('60018', text, id);
      return;
    }
    const answer = { ...id, event: op, arg: { channel, instId }, connId: this.connection };
    this.port.send(JSON.stringify(answer));
    if (op === 'subscribe') this.port.add(topic);
    else this.port.remove(topic);
  }

  private complain(code: string, msg: string, id: object): void {
    this.port.send(JSON.stringify({ ...id, event: 'error', code, msg, connId: this.connection }));
  }
}
