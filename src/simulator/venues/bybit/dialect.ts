import type { PushForm } from '../../faults/faultBoard.ts';
import { listed } from '../../market/instrument.ts';
import type { Instrument } from '../../market/instrument.ts';
import { ConnectionSet } from '../../wire/connectionSet.ts';
import type {
  Handshake,
  HandshakeRequest,
  RestRequest,
  RestResult,
  SimLink,
  VenueDialect,
} from '../../wire/dialect.ts';
import { gateAccepted, gateHandshake, gateRequest, networkDelay } from '../../wire/gate.ts';
import { parsePath } from '../../wire/query.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import { TopicBoard } from '../../wire/topicBoard.ts';
import type { DialectHost, VenueContext } from '../../wire/venueContext.ts';
import { BookTopic } from './bookTopic.ts';
import { BybitConnection } from './connection.ts';
import type { BybitDesk } from './connection.ts';
import { symbolOf, tradeIdText } from './frames.ts';
import { BybitLimits } from './limits.ts';
import { answerRest } from './rest.ts';
import type { BybitRest } from './rest.ts';
import { Sequences } from './sequences.ts';
import { makeTopic } from './topics.ts';

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' };
const tooFrequent = 'access too frequent';
const deepestTopic = 1000;

/** Bybit v5 spot: `/v5/public/spot` and `/v5/market`. */
export class BybitDialect implements VenueDialect, DialectHost, BybitDesk, BybitRest {
  readonly id = 'bybit';
  readonly context: VenueContext;
  readonly sequences = new Sequences();
  private readonly limits: BybitLimits;
  private readonly board = new TopicBoard<TopicClient>();
  private readonly bookTopics = new Map<string, BookTopic>();
  readonly connections: ConnectionSet<BybitConnection>;
  private readonly instruments = new Map<string, Instrument>();

  constructor(context: VenueContext) {
    this.context = context;
    this.connections = new ConnectionSet(context);
    this.limits = new BybitLimits(context);
    for (const instrument of context.instruments) {
      this.instruments.set(symbolOf(instrument), instrument);
    }
    context.listen({
      onTrades: (instrument, trades) => {
        this.sequences.onTrades(instrument, trades);
        this.board.onTrades(instrument, trades);
      },
      onBookChanged: (instrument, topChanged) => {
        this.sequences.onBookChanged(instrument);
        this.board.onBookChanged(instrument, topChanged);
      },
    });
  }

  connect(link: SimLink, request: HandshakeRequest): Handshake {
    const refused = gateHandshake(this.context);
    if (refused !== undefined) return refused;
    if (!this.limits.mayConnect(request.ip)) {
      this.context.counters.connectsRefused += 1;
      return { accepted: false, status: 403, headers: {}, body: tooFrequent };
    }
    if (parsePath(request.path).path !== '/v5/public/spot') {
      return { accepted: false, status: 404, headers: {}, body: '' };
    }
    const connection = new BybitConnection(this, link);
    this.connections.add(connection);
    gateAccepted(this.context, connection.peer);
    return { accepted: true, connection };
  }

  rest(request: RestRequest): RestResult {
    const refused = gateRequest(this.context, request);
    if (refused !== undefined) return refused;
    const delayMs = networkDelay(this.context);
    if (!this.limits.mayRequest(request.ip)) {
      this.context.counters.requestsRefused += 1;
      return { status: 403, headers: {}, body: tooFrequent, delayMs };
    }
    if (request.method !== 'GET') return { status: 404, headers: {}, body: '', delayMs };
    const { faults, now } = this.context;
    const outcome = answerRest(this, parsePath(request.path));
    return faults.onAnswer(now(), request.path, { ...outcome, headers: jsonHeaders, delayMs });
  }

  bySymbol(symbol: string): Instrument | undefined {
    return listed(this.instruments.get(symbol));
  }

  topic(name: string): Topic<TopicClient> | undefined {
    const known = this.board.find(name);
    if (known !== undefined) {
      return known.instruments.every((instrument) => listed(instrument)) ? known : undefined;
    }
    const made = makeTopic(this.context, name, this.sequences, (symbol) => this.bySymbol(symbol));
    if (made === undefined) return undefined;
    if (made instanceof BookTopic) this.bookTopics.set(name, made);
    return this.board.obtain(name, () => made);
  }

  deepestBook(instrument: Instrument): BookTopic {
    return this.bookTopic(instrument, deepestTopic);
  }

  join(topic: Topic<TopicClient>, client: TopicClient): void {
    this.board.join(topic, client);
  }

  leave(topic: Topic<TopicClient>, client: TopicClient): void {
    this.board.leave(topic, client);
  }

  limitBreached(): void {
    this.context.counters.limitBreaches += 1;
  }

  announceShutdown(): boolean {
    return false;
  }

  pushBook(instrument: Instrument, form: PushForm): boolean {
    return this.board.push(instrument, form);
  }

  bookAnswer(instrument: Instrument): string {
    const path = `/v5/market/orderbook?category=spot&symbol=${symbolOf(instrument)}&limit=1000`;
    return answerRest(this, parsePath(path)).body;
  }

  changeIdOf(instrument: Instrument, updateId: number, depth: number): number | undefined {
    return this.bookTopics.get(`orderbook.${depth}.${symbolOf(instrument)}`)?.changeIdOf(updateId);
  }

  updateIdOf(instrument: Instrument, depth: number): number {
    const topic = this.bookTopics.get(`orderbook.${depth}.${symbolOf(instrument)}`);
    return topic?.publishedIds().updateId ?? 0;
  }

  tradeIdOf(_instrument: Instrument, tradeId: number): string {
    return tradeIdText(tradeId);
  }

  private bookTopic(instrument: Instrument, depth: number): BookTopic {
    const name = `orderbook.${depth}.${symbolOf(instrument)}`;
    const topic = this.topic(name);
    if (topic instanceof BookTopic) return topic;
    throw new RangeError(`no topic ${name}`);
  }
}
