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
import type { JsonObject } from '../../wire/query.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import { TopicBoard } from '../../wire/topicBoard.ts';
import type { DialectHost, VenueContext } from '../../wire/venueContext.ts';
import { SnapshotTopic } from './bookTopics.ts';
import { OkxConnection } from './connection.ts';
import type { OkxDesk } from './connection.ts';
import { changeIdOf, sequenceOf } from './frames.ts';
import { OkxLimits } from './limits.ts';
import { answerRest, BookCache, failure } from './rest.ts';
import type { OkxRest } from './rest.ts';
import { makeTopic, silentTopic } from './topics.ts';
import type { OkxPath } from './topics.ts';

const jsonHeaders = { 'content-type': 'application/json' };
const marketlessChannels = ['instruments', 'status'];
const paths: Readonly<Record<string, OkxPath>> = {
  '/ws/v5/public': 'public',
  '/ws/v5/business': 'business',
};

/** OKX v5 spot: `/ws/v5/public`, `/ws/v5/business` and `/api/v5`. */
export class OkxDialect implements VenueDialect, DialectHost, OkxDesk, OkxRest {
  readonly id = 'okx';
  readonly context: VenueContext;
  readonly bookCache = new BookCache();
  private readonly limits: OkxLimits;
  private readonly board = new TopicBoard<TopicClient>();
  readonly connections: ConnectionSet<OkxConnection>;
  private readonly instruments = new Map<string, Instrument>();

  constructor(context: VenueContext) {
    this.context = context;
    this.connections = new ConnectionSet(context);
    this.limits = new OkxLimits(context);
    for (const instrument of context.instruments) {
      this.instruments.set(instrument.market, instrument);
    }
    context.listen({
      onTrades: (instrument, trades) => this.board.onTrades(instrument, trades),
      onBookChanged: (instrument, topChanged) => this.board.onBookChanged(instrument, topChanged),
    });
  }

  connect(link: SimLink, request: HandshakeRequest): Handshake {
    const refused = gateHandshake(this.context);
    if (refused !== undefined) return refused;
    if (!this.limits.mayConnect(request.ip)) {
      this.context.counters.connectsRefused += 1;
      return { accepted: false, status: 429, headers: {}, body: 'Too Many Requests' };
    }
    const path = paths[parsePath(request.path).path];
    if (path === undefined) return { accepted: false, status: 404, headers: {}, body: '' };
    const connection = new OkxConnection(this, link, path);
    this.connections.add(connection);
    gateAccepted(this.context, connection.peer);
    return { accepted: true, connection };
  }

  rest(request: RestRequest): RestResult {
    const refused = gateRequest(this.context, request);
    if (refused !== undefined) return refused;
    const parsed = parsePath(request.path);
    const delayMs = networkDelay(this.context);
    if (!this.limits.mayRequest(request.ip, parsed.path)) {
      this.context.counters.requestsRefused += 1;
      return { ...failure(429, '50011', 'Too Many Requests'), headers: jsonHeaders, delayMs };
    }
    const outcome =
      request.method === 'GET'
        ? answerRest(this, parsed)
        : failure(405, '405', 'Request method not supported');
    const { faults, now } = this.context;
    return faults.onAnswer(now(), request.path, { ...outcome, headers: jsonHeaders, delayMs });
  }

  byMarket(market: string): Instrument | undefined {
    return listed(this.instruments.get(market));
  }

  topic(path: OkxPath, arg: JsonObject): Topic<TopicClient> | undefined {
    const channel = arg['channel'];
    if (typeof channel !== 'string') return undefined;
    if (path === 'public' && marketlessChannels.includes(channel)) {
      const name = `${channel} ${JSON.stringify(arg['instType'] ?? '')}`;
      return this.board.obtain(name, () => silentTopic(name));
    }
    const market = arg['instId'];
    const instrument = typeof market === 'string' ? this.byMarket(market) : undefined;
    return instrument && this.instrumentTopic(path, channel, instrument);
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

  announceShutdown(leadMs: number, isCut: boolean): boolean {
    const announce = (connection: OkxConnection): void => connection.announceShutdown();
    this.connections.endAfter(leadMs, announce, isCut ? undefined : 1001, 'Service upgrade');
    return true;
  }

  pushBook(instrument: Instrument, form: PushForm): boolean {
    return this.board.push(instrument, form);
  }

  bookAnswer(instrument: Instrument): string {
    const path = `/api/v5/market/books?instId=${instrument.market}&sz=400`;
    return answerRest(this, parsePath(path)).body;
  }

  changeIdOf(instrument: Instrument, updateId: number): number {
    return changeIdOf(instrument, updateId);
  }

  updateIdOf(instrument: Instrument): number {
    return sequenceOf(instrument, instrument.book.changeId);
  }

  tradeIdOf(_instrument: Instrument, tradeId: number): string {
    return String(tradeId);
  }

  private instrumentTopic(
    path: OkxPath,
    channel: string,
    instrument: Instrument,
  ): Topic<TopicClient> | undefined {
    const name = `${channel} ${instrument.market}`;
    const known = this.board.find(name);
    // A name is known from one path only: no channel is served on both.
    if (known !== undefined && this.pathOf(channel) === path) return known;
    if (known !== undefined) return undefined;
    const argText = `{"channel":"${channel}","instId":"${instrument.market}"}`;
    const parts = { context: this.context, name, instrument, argText };
    const made = makeTopic(parts, path, channel, () => this.flushTop(instrument));
    return made && this.board.obtain(name, () => made);
  }

  private pathOf(channel: string): OkxPath {
    return channel === 'trades-all' || channel.startsWith('candle') ? 'business' : 'public';
  }

  private flushTop(instrument: Instrument): void {
    const topic = this.board.find(`bbo-tbt ${instrument.market}`);
    if (topic instanceof SnapshotTopic) topic.flush();
  }
}
