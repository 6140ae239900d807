import type { WireForm } from '../../faults/faultBoard.ts';
import { RollingWindow } from '../../limits/rollingWindow.ts';
import type { ConnectionSet } from '../../wire/connectionSet.ts';
import type { SimConnection, SimLink } from '../../wire/dialect.ts';
import { Peer } from '../../wire/peer.ts';
import { isJsonObject, parseJson } from '../../wire/query.ts';
import type { JsonObject } from '../../wire/query.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import type { OkxPath } from './topics.ts';

const silenceCutMs = 30_000;
const opsPerHour = 480;
const hourMs = 3_600_000;
const largestRequest = 64 * 1024;
const gatedChannels = ['books-l2-tbt', 'books50-l2-tbt'];

export interface OkxDesk {
  readonly context: VenueContext;
  topic(path: OkxPath, arg: JsonObject): Topic<TopicClient> | undefined;
  join(topic: Topic<TopicClient>, client: TopicClient): void;
  leave(topic: Topic<TopicClient>, client: TopicClient): void;
  limitBreached(): void;
  readonly connections: ConnectionSet<OkxConnection>;
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** One socket of `/ws/v5/public` or `/ws/v5/business`. */
export class OkxConnection implements SimConnection, TopicClient {
  readonly variant = 0;
  private readonly desk: OkxDesk;
  private readonly path: OkxPath;
  readonly peer: Peer;
  private readonly connectionId: string;
  private readonly operations = new RollingWindow(opsPerHour, hourMs);
  private readonly topics = new Set<Topic<TopicClient>>();
  private lastReceived: number;
  private cancelSilenceCheck: (() => void) | undefined;

  constructor(desk: OkxDesk, link: SimLink, path: OkxPath) {
    this.desk = desk;
    this.path = path;
    const slow = { closeCode: 4005, reason: 'Slow consumer' };
    this.peer = new Peer(desk.context, link, slow, () => this.release());
    this.connectionId = desk.context.random.bits().toString(16).padStart(8, '0');
    this.lastReceived = desk.context.now();
    this.scheduleSilenceCheck();
  }

  deliver(text: string, form?: WireForm): void {
    this.peer.deliver(text, form);
  }

  announceShutdown(): void {
    const message = 'The connection will soon be closed for a service upgrade. Please reconnect.';
    const connection = `"connId":"${this.connectionId}"`;
    this.peer.notify(`{"event":"notice","code":"64008","msg":"${message}",${connection}}`);
  }

  receive(text: string): void {
    if (!this.countFrame()) return;
    if (text === 'ping') {
      this.peer.reply('pong', 'pong');
      return;
    }
    if (text.length > largestRequest) {
      this.peer.close(1009, 'Message too long');
      return;
    }
    const parsed = parseJson(text);
    const request = parsed !== undefined && isJsonObject(parsed.value) ? parsed.value : undefined;
    if (request === undefined || typeof request['op'] !== 'string') {
      this.error({ code: '60012', message: `Invalid request: ${text}` }, undefined);
      return;
    }
    this.operate(request['op'], request, text);
  }

  receivePing(payload: string): void {
    if (this.countFrame()) this.peer.pong(payload);
  }

  receivePong(): void {
    this.countFrame();
  }

  closed(): void {
    this.peer.gone();
  }

  private operate(op: string, request: JsonObject, text: string): void {
    const id = typeof request['id'] === 'string' ? request['id'] : undefined;
    if (op !== 'subscribe' && op !== 'unsubscribe' && op !== 'login') {
      this.error({ code: '60019', message: `Invalid op: ${op}` }, id);
      return;
    }
    const { context } = this.desk;
    if (!this.operations.take(context.now()) && context.limits) {
      this.desk.limitBreached();
      this.error({ code: '60014', message: 'Requests too frequent' }, id);
      return;
    }
    const args = request['args'];
    if (op === 'login' || !Array.isArray(args) || args.length === 0) {
      this.error({ code: '60012', message: `Invalid request: ${text}` }, id);
      return;
    }
    for (const arg of args) {
      if (!isJsonObject(arg)) this.error({ code: '60013', message: 'Invalid args' }, id);
      else if (op === 'subscribe') this.subscribe(arg, id);
      else this.unsubscribe(arg, id);
    }
  }

  /** Each argument is acknowledged or refused by itself. */
  private subscribe(arg: JsonObject, id: string | undefined): void {
    const channel = typeof arg['channel'] === 'string' ? arg['channel'] : '';
    if (this.path === 'public' && gatedChannels.includes(channel)) {
      const message = "Your trading fee tier doesn't meet the requirement to access this channel";
      this.error({ code: '64003', message }, id);
      return;
    }
    const topic = this.desk.topic(this.path, arg);
    const { context } = this.desk;
    const name = topic?.name ?? channel;
    if (topic === undefined || context.faults.refusesSubscription(context.now(), name)) {
      this.error(unknownChannel('Subscribe', channel, arg), id);
      return;
    }
    this.acknowledge('subscribe', arg, id);
    this.topics.add(topic);
    this.desk.join(topic, this);
  }

  private unsubscribe(arg: JsonObject, id: string | undefined): void {
    const topic = this.desk.topic(this.path, arg);
    if (topic === undefined) {
      const channel = typeof arg['channel'] === 'string' ? arg['channel'] : '';
      this.error(unknownChannel('Unsubscribe', channel, arg), id);
      return;
    }
    const { context } = this.desk;
    if (!context.faults.ignoresUnsubscription(context.now(), topic.name)) {
      this.topics.delete(topic);
      this.desk.leave(topic, this);
    }
    this.acknowledge('unsubscribe', arg, id);
  }

  private acknowledge(event: string, arg: JsonObject, id: string | undefined): void {
    const idText = id === undefined ? '' : `"id":${JSON.stringify(id)},`;
    this.peer.reply(
      `{${idText}"event":"${event}","arg":${JSON.stringify(arg)},"connId":"${this.connectionId}"}`,
    );
  }

  private error(problem: Problem, id: string | undefined): void {
    const idText = id === undefined ? '' : `,"id":${JSON.stringify(id)}`;
    const message = JSON.stringify(problem.message);
    const connection = `"connId":"${this.connectionId}"${idText}`;
    const body =
      problem.code === '60012'
        ? `"code":"${problem.code}","msg":${message}`
        : `"msg":${message},"code":"${problem.code}"`;
    this.peer.reply(`{"event":"error",${body},${connection}}`);
  }

  private countFrame(): boolean {
    if (!this.peer.isOpen || this.peer.isFrozen) return false;
    this.desk.context.counters.inboundFrames += 1;
    this.lastReceived = this.desk.context.now();
    return true;
  }

  /** Thirty seconds without a frame in either direction end the socket. */
  private scheduleSilenceCheck(): void {
    const { context } = this.desk;
    const due = Math.max(this.lastReceived, this.peer.lastSent) + silenceCutMs;
    this.cancelSilenceCheck = context.schedule(due, () => {
      const last = Math.max(this.lastReceived, this.peer.lastSent);
      if (context.now() - last >= silenceCutMs) this.peer.close(4004, 'No data received in 30s');
      else this.scheduleSilenceCheck();
    });
  }

  private release(): void {
    this.cancelSilenceCheck?.();
    for (const topic of this.topics) this.desk.leave(topic, this);
    this.topics.clear();
    this.desk.connections.delete(this);
  }
}

function unknownChannel(verb: string, channel: string, arg: JsonObject): Problem {
  const named = typeof arg['instId'] === 'string' ? `,instId:${arg['instId']}` : '';
  const message =
    `${verb} failed, wrong URL or channel:${channel}${named} doesn't exist. ` +
    'Please use the correct URL, channel and parameters referring to API document.';
  return { code: '60018', message };
}
