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
import type { TopicClient } from '../../wire/topic.ts';
import { TopicBoard } from '../../wire/topicBoard.ts';
import type { DialectHost, VenueContext } from '../../wire/venueContext.ts';
import { AggregateTrades } from './aggregateTrades.ts';
import { BinanceConnection } from './connection.ts';
import type { BinanceDesk } from './connection.ts';
import { changeIdOf, symbolOf, updateIdOf } from './frames.ts';
import { BinanceLimits, weightPerMinute } from './limits.ts';
import type { Verdict } from './limits.ts';
import { parseStreamName } from './names.ts';
import { answerRest, failure, requestWeight } from './rest.ts';
import type { RestOutcome } from './rest.ts';
import { allMiniTickersTopic, makeTopic, silentTopic } from './topics.ts';
import type { BinanceTopic } from './topics.ts';

/** Binance spot: `/ws`, `/ws/<s>/<s>`, `/stream?streams=` and `/api/v3`. */
export class BinanceDialect implements VenueDialect, DialectHost, BinanceDesk {
  readonly id = 'binance';
  readonly context: VenueContext;
  readonly aggregates = new AggregateTrades();
  private readonly limits: BinanceLimits;
  private readonly board = new TopicBoard<TopicClient>();
  readonly connections: ConnectionSet<BinanceConnection>;
  private readonly instruments = new Map<string, Instrument>();

  constructor(context: VenueContext) {
    this.context = context;
    this.connections = new ConnectionSet(context);
    this.limits = new BinanceLimits(context);
    for (const instrument of context.instruments) {
      this.instruments.set(symbolOf(instrument), instrument);
    }
    context.listen({
      onTrades: (instrument, trades) => {
        this.aggregates.add(instrument, trades);
        this.board.onTrades(instrument, trades);
      },
      onBookChanged: (instrument, topChanged) => this.board.onBookChanged(instrument, topChanged),
    });
  }

  connect(link: SimLink, request: HandshakeRequest): Handshake {
    const refused = gateHandshake(this.context);
    if (refused !== undefined) return refused;
    const verdict = this.limits.connect(request.ip);
    if (!verdict.allowed) {
      this.context.counters.connectsRefused += 1;
      const { status, body } = limitAnswer(verdict);
      return { accepted: false, status, headers: retryHeaders(verdict), body };
    }
    const { path, query } = parsePath(request.path);
    const streams = streamNames(path, query);
    if (streams === undefined) {
      return { accepted: false, status: 404, headers: {}, body: 'Not Found' };
    }
    const micro = query.get('timeUnit')?.toUpperCase() === 'MICROSECOND';
    const mode = { ip: request.ip, combined: path === '/stream', micro };
    const connection = new BinanceConnection(this, link, mode);
    this.connections.add(connection);
    if (!connection.joinAll(streams)) {
      connection.peer.terminate();
      return { accepted: false, status: 400, headers: {}, body: 'Invalid stream' };
    }
    gateAccepted(this.context, connection.peer);
    return { accepted: true, connection };
  }

  rest(request: RestRequest): RestResult {
    const refused = gateRequest(this.context, request);
    if (refused !== undefined) return refused;
    const parsed = parsePath(request.path);
    const verdict = this.limits.request(request.ip, requestWeight(parsed));
    const delayMs = networkDelay(this.context);
    if (!verdict.allowed) {
      this.context.counters.requestsRefused += 1;
      return {
        ...limitAnswer(verdict),
        headers: { ...jsonHeaders, ...retryHeaders(verdict) },
        delayMs,
      };
    }
    const outcome =
      request.method === 'GET'
        ? answerRest({ ...this.restDesk() }, parsed)
        : failure(405, -1104, 'Method not allowed.');
    const { faults, now } = this.context;
    const headers = { ...jsonHeaders, 'x-mbx-used-weight-1m': String(verdict.usedWeight) };
    return faults.onAnswer(now(), request.path, { ...outcome, headers, delayMs });
  }

  topic(name: string): BinanceTopic | undefined {
    const stream = parseStreamName(name);
    if (stream === undefined) return undefined;
    return this.board.obtain(name, () => {
      if (stream.type === 'unknown') return silentTopic(name);
      if (stream.type === 'allMiniTickers') {
        const [first] = this.context.instruments;
        if (first === undefined) return silentTopic(name);
        return allMiniTickersTopic(this.context, this.context.instruments, first);
      }
      const instrument = this.instruments.get(stream.symbol.toUpperCase());
      if (instrument === undefined) return silentTopic(name);
      return makeTopic(this.context, name, stream, instrument, this.aggregates);
    });
  }

  join(topic: BinanceTopic, client: TopicClient): void {
    this.board.join(topic, client);
  }

  leave(topic: BinanceTopic, client: TopicClient): void {
    this.board.leave(topic, client);
  }

  tooManyFrames(ip: string): void {
    this.limits.rateClosed(ip);
  }

  announceShutdown(leadMs: number, isCut: boolean): boolean {
    const announce = (connection: BinanceConnection): void => connection.announceShutdown();
    this.connections.endAfter(leadMs, announce, isCut ? undefined : 1001, 'Going away');
    return true;
  }

  pushBook(instrument: Instrument, form: PushForm): boolean {
    return this.board.push(instrument, form);
  }

  bookAnswer(instrument: Instrument): string {
    const path = `/api/v3/depth?symbol=${symbolOf(instrument)}&limit=5000`;
    return answerRest(this.restDesk(), parsePath(path)).body;
  }

  changeIdOf(instrument: Instrument, updateId: number): number {
    return changeIdOf(instrument, updateId);
  }

  updateIdOf(instrument: Instrument): number {
    return updateIdOf(instrument, instrument.book.changeId);
  }

  tradeIdOf(_instrument: Instrument, tradeId: number): string {
    return String(tradeId);
  }

  private restDesk(): Parameters<typeof answerRest>[0] {
    const { context, aggregates } = this;
    return { context, aggregates, bySymbol: (symbol) => listed(this.instruments.get(symbol)) };
  }
}

const jsonHeaders = { 'content-type': 'application/json;charset=UTF-8' };

/** Streams named in the address; undefined where the path is none of the venue's. */
function streamNames(path: string, query: URLSearchParams): readonly string[] | undefined {
  const decoded = decodeURIComponent(path);
  if (decoded === '/stream') {
    const streams = query.get('streams') ?? '';
    return streams === '' ? [] : streams.split('/');
  }
  if (decoded === '/ws' || decoded === '/ws/') return [];
  return decoded.startsWith('/ws/') ? decoded.slice('/ws/'.length).split('/') : undefined;
}

function limitAnswer(verdict: Verdict & { allowed: false }): RestOutcome {
  const { status } = verdict;
  const message =
    status === 418
      ? 'Way too much request weight used; IP banned. Please use WebSocket Streams for live updates to avoid bans.'
      : `Too much request weight used; current limit is ${weightPerMinute} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`;
  return failure(status, -1003, message);
}

function retryHeaders(verdict: Verdict & { allowed: false }): Record<string, string> {
  return { 'retry-after': String(verdict.retryAfterSeconds) };
}
