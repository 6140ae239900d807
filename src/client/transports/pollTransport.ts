import { apiPaths } from '../../shared/gateway/paths.ts';
import type { SubscribedMessage } from '../../shared/gateway/wire.ts';
import { isFields, parseServerMessage } from '../parseServerMessage.ts';
import { endOfRefusal, readRefusal, requestHeaders, requestInit } from './httpRequests.ts';
import { RequestCycle } from './requestCycle.ts';
import type { Transport, TransportEnd, TransportRequest } from './transport.ts';
import { joinRequests } from './transport.ts';

/** A gateway answers a long poll after 25 s; one that takes longer is gone. */
const answerMs = 40_000;

interface PollFields {
  readonly session: string;
  readonly cursor: string;
  readonly time: number;
  readonly messages: readonly unknown[];
  readonly updates: readonly unknown[];
  readonly subscribed: unknown;
}

/** Null for what is no answer of a poll. */
function parsePollAnswer(value: unknown): PollFields | null {
  if (!isFields(value)) return null;
  const { session, cursor, time, messages, updates, subscribed } = value;
  if (typeof session !== 'string' || typeof cursor !== 'string') return null;
  if (typeof time !== 'number' || !Array.isArray(messages) || !Array.isArray(updates)) return null;
  return { session, cursor, time, messages, updates, subscribed };
}

/** Long polling: what works where nothing else does. Asking again with an answer's cursor confirms it. */
export class PollTransport implements Transport {
  readonly name = 'poll';
  readonly canSend = false;
  private readonly request: TransportRequest;
  private readonly cycle: RequestCycle;
  private token: string | null;
  private session: string | null = null;

  constructor(request: TransportRequest) {
    this.request = request;
    this.token = request.token;
    this.cycle = new RequestCycle({
      clock: request.ports.clock,
      run: (signal) => this.run(signal),
      onLeft: () => this.giveBack(),
      onEnd: (end) => request.listener.onEnd(end),
    });
    this.cycle.open();
  }

  start(): boolean {
    // A session has its channels from its first request on.
    return true;
  }

  change(): void {
    this.cycle.reopenSoon();
  }

  send(): boolean {
    return false;
  }

  authenticate(token: string): void {
    this.token = token;
  }

  close(): void {
    this.cycle.close();
  }

  private async run(signal: AbortSignal): Promise<TransportEnd | null> {
    const asked = joinRequests(this.request.wanted());
    const cursor = this.request.cursor();
    const body = JSON.stringify({ ...asked, ...(cursor === null ? {} : { cursor }) });
    let answer = await this.ask('', { method: 'POST', body, signal });
    for (;;) {
      if (signal.aborted) return null;
      if ('code' in answer) return answer;
      this.pass(answer, asked.channels);
      if (this.cycle.isOver) return null;
      const query = new URLSearchParams({ session: answer.session, cursor: answer.cursor });
      answer = await this.ask(`?${query}`, { method: 'GET', signal });
    }
  }

  /** To the last byte in time: of an answer that stands still half-way nobody else would notice. */
  private async ask(
    query: string,
    init: RequestInit & { signal: AbortSignal },
  ): Promise<PollFields | TransportEnd> {
    const { options, ports, listener } = this.request;
    const headers = requestHeaders(
      this.token,
      init.method === 'POST' ? { 'content-type': 'application/json' } : {},
    );
    const late = new AbortController();
    const cancel = ports.clock.after(answerMs, () => late.abort(new Error('No answer in time.')));
    try {
      const signal = AbortSignal.any([init.signal, late.signal]);
      listener.onSent();
      const response = await ports.fetch(
        `${options.url}${apiPaths.poll}${query}`,
        requestInit(options, { ...init, headers, signal }),
      );
      if (!response.ok) return endOfRefusal(await readRefusal(response));
      const fields = parsePollAnswer(await response.json());
      if (fields === null) throw new Error('The answer is not that of a poll.');
      return fields;
    } finally {
      cancel();
    }
  }

  private pass(fields: PollFields, asked: readonly string[]): void {
    const { listener } = this.request;
    listener.onReceived();
    this.session = fields.session;
    if (this.cycle.noteOpened()) listener.onOpen();
    const { message: subscribed } = parseServerMessage(fields.subscribed);
    if (subscribed?.type === 'subscribed') listener.onSubscribed(asked, subscribed);
    for (const each of fields.messages) this.passMessage(each);
    const { cursor, time, updates } = fields;
    if (!this.cycle.isOver) this.passMessage({ type: 'updates', time, cursor, updates });
  }

  private passMessage(value: unknown): void {
    const { listener } = this.request;
    const { message, refused } = parseServerMessage(value);
    if (refused > 0) listener.onUnreadable('An answer lacks fields that it must have.');
    if (message?.type === 'error') this.cycle.end(endOfRefusal(message.error));
    else if (message !== null && !isSubscribed(message)) listener.onMessage(message);
  }

  /** The session is given back, whether that arrives or not. */
  private giveBack(): void {
    if (this.session === null) return;
    const { options, ports } = this.request;
    const query = new URLSearchParams({ session: this.session });
    this.session = null;
    const headers = requestHeaders(this.token);
    ports
      .fetch(
        `${options.url}${apiPaths.poll}?${query}`,
        requestInit(options, { method: 'DELETE', headers, keepalive: true }),
      )
      .catch(() => undefined);
  }
}

function isSubscribed(message: { readonly type: string }): message is SubscribedMessage {
  return message.type === 'subscribed';
}
