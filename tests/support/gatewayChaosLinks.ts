import { request } from 'node:http';
import type { Agent, IncomingMessage } from 'node:http';
import { decode, encode } from '@msgpack/msgpack';
import { createParser } from 'eventsource-parser';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { apiPaths } from '../../src/shared/gateway/paths.ts';
import type { PollAnswer } from '../../src/shared/gateway/polling.ts';
import type { ServerMessage } from '../../src/shared/gateway/wire.ts';

export const linkKinds = ['websocket', 'packed', 'sse', 'poll', 'socketio'] as const;
export type LinkKind = (typeof linkKinds)[number];

/** One connection of a plain client, by whatever transport. */
export interface Link {
  readonly kind: LinkKind;
  /** False: this transport takes no messages, the client has to come anew. */
  send(message: object): boolean;
  renew(token: string): boolean;
  close(): void;
}

export interface LinkOptions {
  readonly agent: Agent;
  /** `http://127.0.0.1:80` */
  readonly origin: string;
  readonly token: string;
  readonly channels: readonly string[];
  /** Null: it begins here. */
  readonly cursor: string | null;
  readonly rate: number;
  onMessage(message: ServerMessage): void;
  /** Where the client stands, whatever it was in. */
  onCursor(cursor: string): void;
  /** Once; nothing comes after it. */
  onEnd(reason: string): void;
}

export function openLink(kind: LinkKind, options: LinkOptions): Link {
  switch (kind) {
    case 'websocket':
    case 'packed':
      return openSocket(kind, options);
    case 'sse':
      return openStream(options);
    case 'poll':
      return new PollLink(options);
    case 'socketio':
      return openSocketIo(options);
  }
}

function parseMessage(value: unknown): ServerMessage {
  return value as ServerMessage;
}

function parseText(text: string): ServerMessage {
  return parseMessage(JSON.parse(text));
}

/** A welcome tells where a stream begins: only one that does not resume stands there. */
function pass(options: LinkOptions, message: ServerMessage): void {
  options.onMessage(message);
  if (message.type === 'updates') options.onCursor(message.cursor);
  if (message.type === 'resync') options.onCursor(message.to);
  if (message.type === 'welcome' && options.cursor === null) options.onCursor(message.cursor);
}

function once(run: (reason: string) => void): (reason: string) => void {
  let isDone = false;
  return (reason) => {
    if (isDone) return;
    isDone = true;
    run(reason);
  };
}

function openSocket(kind: 'websocket' | 'packed', options: LinkOptions): Link {
  const { agent, origin, token, channels, cursor, rate } = options;
  const protocol = kind === 'packed' ? 'truetape.v1.msgpack' : 'truetape.v1.json';
  const headers = { authorization: `Bearer ${token}` };
  const url = `${origin.replace('http', 'ws')}${apiPaths.socket}`;
  const socket = new WebSocket(url, [protocol], { agent, headers });
  const end = once((reason) => options.onEnd(reason));
  const send = (message: object): boolean => {
    if (socket.readyState !== socket.OPEN) return false;
    socket.send(kind === 'packed' ? encode(message) : JSON.stringify(message));
    return true;
  };
  socket.on('open', () => {
    send({ type: 'subscribe', channels, rate });
    if (cursor !== null) send({ type: 'resume', cursor });
  });
  socket.on('message', (bytes: Buffer, isBinary) => {
    pass(options, isBinary ? parseMessage(decode(bytes)) : parseText(bytes.toString('utf8')));
  });
  socket.on('error', () => undefined);
  socket.on('close', (_code, reason) => end(reason.toString('utf8') || 'closed'));
  return {
    kind,
    send,
    renew: (renewed) => send({ type: 'authenticate', token: renewed }),
    close: () => socket.close(1000),
  };
}

function openStream(options: LinkOptions): Link {
  const { agent, origin, token, channels, cursor, rate } = options;
  const end = once((reason) => options.onEnd(reason));
  const query = new URLSearchParams({ channels: channels.join(','), rate: String(rate) });
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'text/event-stream',
    ...(cursor === null ? {} : { 'last-event-id': cursor }),
  };
  const parser = createParser({
    onEvent({ id, event, data }) {
      if (event !== 'heartbeat') options.onMessage(parseText(data));
      if (id !== undefined) options.onCursor(id);
    },
  });
  const sent = request(`${origin}${apiPaths.stream}?${query}`, { agent, headers }, (answer) => {
    if (answer.statusCode !== 200) end(`status ${answer.statusCode}`);
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => parser.feed(text));
    answer.on('error', () => end('cut'));
    answer.on('close', () => end('closed'));
  });
  sent.on('error', () => end('cut'));
  sent.end();
  return { kind: 'sse', send: () => false, renew: () => false, close: () => sent.destroy() };
}

class PollLink implements Link {
  readonly kind = 'poll';
  readonly #options: LinkOptions;
  readonly #end: (reason: string) => void;
  #token: string;
  #isOver = false;
  #isRepeated = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#token = options.token;
    this.#end = once((reason) => {
      this.#isOver = true;
      options.onEnd(reason);
    });
    const { channels, cursor, rate } = options;
    this.#ask('POST', '', { channels, rate, ...(cursor === null ? {} : { cursor }) });
  }

  send(): boolean {
    return false;
  }

  renew(token: string): boolean {
    this.#token = token;
    return true;
  }

  close(): void {
    this.#isOver = true;
  }

  #ask(method: 'GET' | 'POST', query: string, body?: object): void {
    const { agent, origin } = this.#options;
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const url = `${origin}${apiPaths.poll}${query}`;
    const failed = (): void => this.#failed(method, query);
    const sent = request(url, { agent, method, headers }, (answer) => this.#read(answer, failed));
    sent.on('error', failed);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  }

  /** The same question once more: an answer that got lost is given again. */
  #failed(method: 'GET' | 'POST', query: string): void {
    if (this.#isOver) return;
    if (method === 'POST' || this.#isRepeated) {
      this.#end('cut');
      return;
    }
    this.#isRepeated = true;
    setImmediate(() => {
      if (!this.#isOver) this.#ask('GET', query);
    });
  }

  #read(answer: IncomingMessage, failed: () => void): void {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => (text += part));
    answer.on('error', failed);
    answer.on('end', () => {
      if (this.#isOver) return;
      if (answer.statusCode !== 200) this.#end(`status ${answer.statusCode}`);
      else this.#take(parseAnswer(text));
    });
  }

  #take({ session, cursor, time, messages, updates, subscribed }: OpenedAnswer): void {
    const { onMessage, onCursor } = this.#options;
    this.#isRepeated = false;
    if (subscribed !== undefined) onMessage(subscribed);
    for (const message of messages) onMessage(message);
    onMessage({ type: 'updates', time, cursor, updates });
    onCursor(cursor);
    const error = messages.find(({ type }) => type === 'error');
    if (error !== undefined) this.#end('error');
    if (!this.#isOver) this.#ask('GET', `?${new URLSearchParams({ session, cursor })}`);
  }
}

interface OpenedAnswer extends PollAnswer {
  readonly subscribed?: ServerMessage;
}

function parseAnswer(text: string): OpenedAnswer {
  return JSON.parse(text) as OpenedAnswer;
}

function openSocketIo(options: LinkOptions): Link {
  const { agent, origin, token, channels, cursor, rate } = options;
  const end = once((reason) => options.onEnd(reason));
  const socket = io(origin, {
    path: apiPaths.socketIo,
    transports: ['websocket'],
    agent: agentOption(agent),
    ...{ forceNew: true, reconnection: false },
    auth: { token, protocol: 1, ...(cursor === null ? {} : { cursor }) },
  });
  socket.on('connect', () => socket.emit('subscribe', { channels, rate }));
  socket.onAny((_event: string, message: unknown) => pass(options, parseMessage(message)));
  socket.on('connect_error', (error) => end(error.message));
  socket.on('disconnect', (reason) => end(reason));
  return {
    kind: 'socketio',
    send(message) {
      if (!socket.connected || !('type' in message)) return false;
      socket.emit(String(message.type), { ...message, type: undefined });
      return true;
    },
    renew(renewed) {
      if (socket.connected) socket.emit('authenticate', { token: renewed });
      return socket.connected;
    },
    close: () => void socket.disconnect(),
  };
}

/** The library says text; it hands over what it is given. */
function agentOption(agent: Agent): string {
  return agent as unknown as string;
}
