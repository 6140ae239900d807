import { apiPaths } from '../../shared/gateway/paths.ts';
import type { SubscribedMessage } from '../../shared/gateway/wire.ts';
import { isFields, parseServerMessage } from '../parseServerMessage.ts';
import {
  endOfFailure,
  endOfRefusal,
  readRefusal,
  requestHeaders,
  requestInit,
} from './httpRequests.ts';
import type { Transport, TransportEnd, TransportRequest } from './transport.ts';
import { joinRequests } from './transport.ts';

const changeMs = 20;
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
  private token: string | null;
  private abort = new AbortController();
  private cancelChange: (() => void) | null = null;
  private session: string | null = null;
  private isOpen = false;
  private isOver = false;

  constructor(request: TransportRequest) {
    this.request = request;
    this.token = request.token;
    this.open();
  }

  start(): void {
    // A session has its channels from its first request on.
  }

  change(): void {
    if (this.isOver || this.cancelChange !== null) return;
    this.cancelChange = this.request.ports.clock.after(changeMs, () => {
      this.cancelChange = null;
      this.leave();
      this.open();
    });
  }

  send(): boolean {
    return false;
  }

  authenticate(token: string): void {
    this.token = token;
  }

  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelChange?.();
    this.leave();
  }

  private open(): void {
    const abort = new AbortController();
    this.abort = abort;
    this.run(abort.signal).then(
      (end) => {
        if (!abort.signal.aborted) this.end(end);
      },
      (cause: unknown) => {
        if (!abort.signal.aborted) this.end(endOfFailure(cause, this.isOpen));
      },
    );
  }

  private async run(signal: AbortSignal): Promise<TransportEnd> {
    const asked = joinRequests(this.request.wanted());
    const cursor = this.request.cursor();
    const body = JSON.stringify({ ...asked, ...(cursor === null ? {} : { cursor }) });
    const opened = await this.ask('', { method: 'POST', body, signal });
    for (let answer = opened; ;) {
      if (!answer.ok) return endOfRefusal(await readRefusal(answer));
      const fields = parsePollAnswer(await answer.json());
      if (signal.aborted) return endOfFailure(new Error('ended'), true);
      if (fields === null) throw new Error('The answer is not that of a poll.');
      this.pass(fields, asked.channels);
      if (this.isOver) return endOfFailure(new Error('ended'), true);
      const query = new URLSearchParams({ session: fields.session, cursor: fields.cursor });
      answer = await this.ask(`?${query}`, { method: 'GET', signal });
    }
  }

  private async ask(query: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
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
      return await ports.fetch(
        `${options.url}${apiPaths.poll}${query}`,
        requestInit(options, { ...init, headers, signal }),
      );
    } finally {
      cancel();
    }
  }

  private pass(fields: PollFields, asked: readonly string[]): void {
    const { listener } = this.request;
    listener.onReceived();
    this.session = fields.session;
    if (!this.isOpen) {
      this.isOpen = true;
      listener.onOpen();
    }
    const { message: subscribed } = parseServerMessage(fields.subscribed);
    if (subscribed?.type === 'subscribed') listener.onSubscribed(asked, subscribed);
    for (const each of fields.messages) this.passMessage(each);
    const { cursor, time, updates } = fields;
    if (!this.isOver) this.passMessage({ type: 'updates', time, cursor, updates });
  }

  private passMessage(value: unknown): void {
    const { listener } = this.request;
    const { message, refused } = parseServerMessage(value);
    if (refused > 0) listener.onUnreadable('An answer lacks fields that it must have.');
    if (message?.type === 'error') this.end(endOfRefusal(message.error));
    else if (message !== null && !isSubscribed(message)) listener.onMessage(message);
  }

  /** The session is given back, whether that arrives or not. */
  private leave(): void {
    this.abort.abort();
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

  private end(end: TransportEnd): void {
    if (this.isOver) return;
    this.close();
    this.request.listener.onEnd(end);
  }
}

function isSubscribed(message: { readonly type: string }): message is SubscribedMessage {
  return message.type === 'subscribed';
}
