import type { WireForm } from '../../faults/faultBoard.ts';
import { RollingWindow } from '../../limits/rollingWindow.ts';
import type { ConnectionSet } from '../../wire/connectionSet.ts';
import type { SimConnection, SimLink } from '../../wire/dialect.ts';
import { Peer } from '../../wire/peer.ts';
import { isJsonObject, parseJson } from '../../wire/query.ts';
import type { JsonObject } from '../../wire/query.ts';
import type { TopicClient } from '../../wire/topic.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import { variantOf } from './topics.ts';
import type { BinanceTopic } from './topics.ts';

const framesPerSecond = 5;
const maxStreams = 1024;
const pingEveryMs = 20_000;
const pongWithinMs = 60_000;
const lifetimeMs = 24 * 3_600_000;
const methods = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'];

/** What a connection asks of its venue. */
export interface BinanceDesk {
  readonly context: VenueContext;
  /** Undefined where the name is malformed. */
  topic(name: string): BinanceTopic | undefined;
  join(topic: BinanceTopic, client: TopicClient): void;
  leave(topic: BinanceTopic, client: TopicClient): void;
  tooManyFrames(ip: string): void;
  readonly connections: ConnectionSet<BinanceConnection>;
}

export interface ConnectionMode {
  readonly ip: string;
  readonly combined: boolean;
  readonly micro: boolean;
}

class RequestError {
  readonly code: number;
  readonly message: string;

  constructor(code: number, message: string) {
    this.code = code;
    this.message = message;
  }
}

/** One socket: its streams, its form of frames, its heartbeat and its frame limit. */
export class BinanceConnection implements SimConnection, TopicClient {
  variant: number;
  private readonly desk: BinanceDesk;
  private readonly ip: string;
  private readonly micro: boolean;
  readonly peer: Peer;
  private readonly frames = new RollingWindow(framesPerSecond, 1000);
  private readonly topics = new Map<string, BinanceTopic>();
  private readonly unansweredPings = new Map<string, number>();
  private readonly cancelTimers: (() => void)[] = [];
  private waitingJoins: readonly BinanceTopic[] = [];

  constructor(desk: BinanceDesk, link: SimLink, mode: ConnectionMode) {
    this.desk = desk;
    this.ip = mode.ip;
    this.micro = mode.micro;
    this.variant = variantOf(mode.combined, mode.micro);
    this.peer = new Peer(desk.context, link, { reason: 'slow consumer' }, () => this.release());
    const { context } = desk;
    this.scheduleHeartbeat();
    this.cancelTimers.push(
      context.schedule(context.now() + lifetimeMs, () => this.peer.close(1001, 'Going away')),
    );
  }

  /** Streams named in the address. False if one is malformed. */
  joinAll(names: readonly string[]): boolean {
    if (names.length > maxStreams) return false;
    const topics = names.map((name) => this.desk.topic(name));
    for (const topic of topics) {
      if (topic === undefined) return false;
      this.join(topic);
    }
    return true;
  }

  deliver(text: string, form?: WireForm): void {
    this.peer.deliver(text, form);
  }

  /** Wrapped where the connection is combined. */
  announceShutdown(): void {
    const text = `{"e":"serverShutdown","E":${Math.floor(this.desk.context.now())}}`;
    const isCombined = this.variant === variantOf(true, this.micro);
    this.peer.notify(isCombined ? `{"stream":"!serverShutdown","data":${text}}` : text);
  }

  receive(text: string): void {
    if (!this.countFrame()) return;
    const parsed = parseJson(text);
    if (parsed === undefined) {
      this.fail(new RequestError(3, 'Invalid JSON: expected value at line 1 column 1'), undefined);
      return;
    }
    const request = isJsonObject(parsed.value) ? parsed.value : {};
    const id = requestId(request['id']);
    const outcome = id instanceof RequestError ? id : this.answer(request);
    const idText = id instanceof RequestError || id === undefined ? 'null' : JSON.stringify(id);
    if (outcome instanceof RequestError) this.fail(outcome, idText);
    else this.peer.reply(`{"result":${outcome},"id":${idText}}`);
    if (!(outcome instanceof RequestError)) this.runWaitingJoins();
  }

  receivePing(payload: string): void {
    if (this.countFrame()) this.peer.pong(payload);
  }

  receivePong(payload: string): void {
    if (this.countFrame()) this.unansweredPings.delete(payload);
  }

  closed(): void {
    this.peer.gone();
  }

  private answer(request: JsonObject): string | RequestError {
    const method = request['method'];
    if (method === undefined) return new RequestError(2, 'Invalid request: missing field `method`');
    if (typeof method !== 'string' || !methods.includes(method)) {
      const known = methods.map((name) => `\`${name}\``).join(', ');
      const given = typeof method === 'string' ? method : JSON.stringify(method);
      return new RequestError(
        2,
        `Invalid request: unknown variant \`${given}\`, expected one of ${known}`,
      );
    }
    const params = Array.isArray(request['params']) ? request['params'] : [];
    switch (method) {
      case 'SUBSCRIBE':
        return this.subscribe(params);
      case 'UNSUBSCRIBE':
        return this.unsubscribe(params);
      case 'LIST_SUBSCRIPTIONS':
        return JSON.stringify([...this.topics.keys()]);
      case 'SET_PROPERTY':
        return this.setProperty(params);
      default:
        return this.getProperty(params);
    }
  }

  private subscribe(params: readonly unknown[]): string | RequestError {
    const topics = this.resolve(params);
    if (topics instanceof RequestError) return topics;
    const { context } = this.desk;
    // The venue acknowledges what it does not serve: a refused stream is a silent one.
    this.waitingJoins = topics.filter(
      ({ name }) => !context.faults.refusesSubscription(context.now(), name),
    );
    return 'null';
  }

  /** Data of a stream comes only after the ack of its subscription. */
  private runWaitingJoins(): void {
    const topics = this.waitingJoins;
    this.waitingJoins = [];
    for (const topic of topics) this.join(topic);
    if (this.topics.size > maxStreams) this.peer.close(1008, 'Too many streams');
  }

  private unsubscribe(params: readonly unknown[]): string | RequestError {
    const topics = this.resolve(params);
    if (topics instanceof RequestError) return topics;
    const { context } = this.desk;
    for (const topic of topics) {
      if (context.faults.ignoresUnsubscription(context.now(), topic.name)) continue;
      this.topics.delete(topic.name);
      this.desk.leave(topic, this);
    }
    return 'null';
  }

  private resolve(params: readonly unknown[]): BinanceTopic[] | RequestError {
    const topics: BinanceTopic[] = [];
    for (const name of params) {
      const topic = typeof name === 'string' ? this.desk.topic(name) : undefined;
      if (topic === undefined) return new RequestError(2, 'Invalid request: invalid stream');
      topics.push(topic);
    }
    return topics;
  }

  private setProperty(params: readonly unknown[]): string | RequestError {
    const [name, value] = params;
    if (params.length > 2) return new RequestError(2, 'Invalid request: too many parameters');
    if (typeof name !== 'string') {
      return new RequestError(2, 'Invalid request: property name must be a string');
    }
    if (name !== 'combined') return new RequestError(0, 'Unknown property');
    if (typeof value !== 'boolean') {
      return new RequestError(1, 'Invalid value type: expected Boolean');
    }
    this.variant = variantOf(value, this.micro);
    return 'null';
  }

  private getProperty(params: readonly unknown[]): string | RequestError {
    const [name] = params;
    if (params.length > 1) return new RequestError(2, 'Invalid request: too many parameters');
    if (typeof name !== 'string') {
      return new RequestError(2, 'Invalid request: property name must be a string');
    }
    if (name !== 'combined') return new RequestError(0, 'Unknown property');
    return String(this.variant === variantOf(true, this.micro));
  }

  private join(topic: BinanceTopic): void {
    this.topics.set(topic.name, topic);
    this.desk.join(topic, this);
  }

  /** The wire nests what the documentation prints flat. A malformed stream ends the socket. */
  private fail(error: RequestError, idText: string | undefined): void {
    const id = idText === undefined ? '' : `,"id":${idText}`;
    const { code, message } = error;
    this.peer.reply(`{"error":{"code":${code},"msg":${JSON.stringify(message)}}${id}}`);
    if (message.endsWith('invalid stream')) this.peer.close(1008, 'Invalid request');
  }

  /** Text, ping and pong all count. False once the client has been cut. */
  private countFrame(): boolean {
    if (!this.peer.isOpen || this.peer.isFrozen) return false;
    const { context } = this.desk;
    context.counters.inboundFrames += 1;
    if (this.frames.take(context.now()) || !context.limits) return true;
    this.desk.tooManyFrames(this.ip);
    this.peer.close(1008, 'Too many requests');
    return false;
  }

  private scheduleHeartbeat(): void {
    const { context } = this.desk;
    const cancel = context.schedule(context.now() + pingEveryMs, () => {
      const now = context.now();
      const missed = [...this.unansweredPings.values()].some((sent) => now - sent >= pongWithinMs);
      if (missed) {
        this.peer.terminate();
        return;
      }
      const payload = String(Math.floor(now));
      this.unansweredPings.set(payload, now);
      if (!this.peer.ping(payload)) this.unansweredPings.delete(payload);
      this.scheduleHeartbeat();
    });
    this.cancelTimers[0] = cancel;
  }

  private release(): void {
    for (const cancel of this.cancelTimers) cancel();
    for (const topic of this.topics.values()) this.desk.leave(topic, this);
    this.topics.clear();
    this.desk.connections.delete(this);
  }
}

function requestId(id: unknown): number | string | undefined | RequestError {
  if (id === undefined || id === null) return undefined;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id;
  if (typeof id === 'string' && /^[A-Za-z0-9]{0,36}$/.test(id)) return id;
  return new RequestError(2, 'Invalid request: request ID must be an integer or a short string');
}
