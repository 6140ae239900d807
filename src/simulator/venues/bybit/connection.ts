import type { WireForm } from '../../faults/faultBoard.ts';
import type { ConnectionSet } from '../../wire/connectionSet.ts';
import type { SimConnection, SimLink } from '../../wire/dialect.ts';
import { Peer } from '../../wire/peer.ts';
import { isJsonObject, isStringArray, parseJson } from '../../wire/query.ts';
import type { JsonObject } from '../../wire/query.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import type { VenueContext } from '../../wire/venueContext.ts';

const maxArgsPerRequest = 10;
const maxArgsCharacters = 21_000;
const idleCutMs = 60_000;

export interface BybitDesk {
  readonly context: VenueContext;
  topic(name: string): Topic<TopicClient> | undefined;
  join(topic: Topic<TopicClient>, client: TopicClient): void;
  leave(topic: Topic<TopicClient>, client: TopicClient): void;
  limitBreached(): void;
  readonly connections: ConnectionSet<BybitConnection>;
}

/** One socket of `/v5/public/spot`. */
export class BybitConnection implements SimConnection, TopicClient {
  readonly variant = 0;
  private readonly desk: BybitDesk;
  readonly peer: Peer;
  private readonly connectionId: string;
  private readonly topics = new Map<string, Topic<TopicClient>>();
  private lastReceived: number;
  private cancelIdleCheck: (() => void) | undefined;

  constructor(desk: BybitDesk, link: SimLink) {
    this.desk = desk;
    this.peer = new Peer(desk.context, link, { reason: 'slow consumer' }, () => this.release());
    this.connectionId = drawConnectionId(desk.context);
    this.lastReceived = desk.context.now();
    this.scheduleIdleCheck();
  }

  deliver(text: string, form?: WireForm): void {
    this.peer.deliver(text, form);
  }

  receive(text: string): void {
    if (!this.countFrame()) return;
    const parsed = parseJson(text);
    if (parsed === undefined || !isJsonObject(parsed.value)) {
      this.answer({}, false, 'error:invalid json');
      return;
    }
    const request = parsed.value;
    switch (request['op']) {
      case 'ping':
        this.answer(request, true, 'pong');
        break;
      case 'subscribe':
        this.subscribe(request);
        break;
      case 'unsubscribe':
        this.unsubscribe(request);
        break;
      default:
        this.answer(request, false, 'error:invalid op');
    }
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

  /** One bad topic refuses the whole request. */
  private subscribe(request: JsonObject): void {
    const args = isStringArray(request['args']) ? request['args'] : [];
    const problem = this.findProblem(args);
    if (problem !== undefined) {
      this.answer(request, false, problem);
      return;
    }
    this.answer(request, true, 'subscribe');
    for (const name of args) {
      const topic = this.desk.topic(name);
      if (topic === undefined) continue;
      this.topics.set(name, topic);
      this.desk.join(topic, this);
    }
  }

  private findProblem(args: readonly string[]): string | undefined {
    if (args.length === 0) return 'error:args is empty';
    if (args.length > maxArgsPerRequest) {
      this.desk.limitBreached();
      return 'args size >10';
    }
    const names = [...this.topics.keys(), ...args];
    if (names.reduce((sum, name) => sum + name.length, 0) > maxArgsCharacters) {
      this.desk.limitBreached();
      return `error:args length exceeds ${maxArgsCharacters}`;
    }
    for (const [index, name] of args.entries()) {
      const { context } = this.desk;
      const isRefused = context.faults.refusesSubscription(context.now(), name);
      if (isRefused || this.desk.topic(name) === undefined)
        return `error:handler not found,topic:${name}`;
      if (this.topics.has(name) || args.indexOf(name) < index) {
        return `error:already subscribed,topic:${name}`;
      }
    }
    return undefined;
  }

  private unsubscribe(request: JsonObject): void {
    const args = isStringArray(request['args']) ? request['args'] : [];
    for (const name of args) {
      const topic = this.topics.get(name);
      const { context } = this.desk;
      if (topic === undefined) continue;
      if (context.faults.ignoresUnsubscription(context.now(), name)) continue;
      this.topics.delete(name);
      this.desk.leave(topic, this);
    }
    this.answer(request, true, '');
  }

  /** The answer names no topic: `req_id` alone tells which request it is for. */
  private answer(request: JsonObject, success: boolean, message: string): void {
    const requestId = request['req_id'];
    const id = typeof requestId === 'string' ? `"req_id":${JSON.stringify(requestId)},` : '';
    const op = typeof request['op'] === 'string' ? request['op'] : '';
    this.peer.reply(
      `{"success":${success},"ret_msg":${JSON.stringify(message)},` +
        `"conn_id":"${this.connectionId}",${id}"op":${JSON.stringify(op)}}`,
      op === 'ping' ? 'pong' : 'ack',
    );
  }

  private countFrame(): boolean {
    if (!this.peer.isOpen || this.peer.isFrozen) return false;
    this.desk.context.counters.inboundFrames += 1;
    this.lastReceived = this.desk.context.now();
    return true;
  }

  /** A socket that subscribed to nothing and says nothing is cut. */
  private scheduleIdleCheck(): void {
    const { context } = this.desk;
    const due = Math.max(this.lastReceived + idleCutMs, context.now() + 1);
    this.cancelIdleCheck = context.schedule(due, () => {
      const isIdle = context.now() - this.lastReceived >= idleCutMs;
      if (isIdle && this.topics.size === 0) this.peer.terminate();
      else {
        if (isIdle) this.lastReceived = context.now();
        this.scheduleIdleCheck();
      }
    });
  }

  private release(): void {
    this.cancelIdleCheck?.();
    for (const topic of this.topics.values()) this.desk.leave(topic, this);
    this.topics.clear();
    this.desk.connections.delete(this);
  }
}

function drawConnectionId(context: VenueContext): string {
  const hex = (length: number): string => {
    let text = '';
    for (let digit = 0; digit < length; digit += 1) text += context.random.integer(16).toString(16);
    return text;
  };
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}
