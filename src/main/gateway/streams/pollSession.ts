import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import { pollCursor, resumePosition } from '../../../shared/gateway/polling.ts';
import type { PollMessage } from '../../../shared/gateway/polling.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { ClientSession, ClientSink, OutboundUpdates } from '../hub/clientContract.ts';

/** What becomes one answer. */
interface Frame {
  readonly messages: PollMessage[];
  /** Texts of records, as they were written for all clients. */
  readonly updates: string[];
  /** Of the last updates or resync in it; null where it has neither. */
  position: string | null;
  bytes: number;
}

/** An answer that was given and may have been lost on its way. */
interface GivenAnswer {
  readonly cursor: string;
  readonly body: string;
}

export interface PendingAnswer {
  readonly body: Promise<string>;
  /** The connection of the question went away: what comes is for the next one. */
  forget(): void;
}

/** The hub gives the present state within its next turns. */
const presentMs = 20;
/** What comes at once is one answer. */
const gatherMs = 5;

/**
 * The client of a session that asks again and again. An answer is kept until the next question names its cursor: a question
 * with the cursor before gets the same answer again, so that nothing is lost or doubled with an answer that got lost.
 */
export class PollSession implements ClientSink {
  readonly id: string;
  readonly #clock: GatewayClock;
  readonly #onEnd: () => void;
  #session: ClientSession | null = null;
  #frames: Frame[] = [];
  #answers = 0;
  #confirmed: string;
  #given: GivenAnswer | null = null;
  #ended: GatewayError | null = null;
  #waiter: ((answer: string) => void) | null = null;
  #cancelWait: () => void = () => undefined;
  #cancelGather: (() => void) | null = null;
  #cancelExpiry: () => void = () => undefined;

  constructor(id: string, clock: GatewayClock, onEnd: () => void) {
    this.id = id;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#confirmed = '';
  }

  /** The hub's side, once it is there, and where the client stands. */
  attach(session: ClientSession, position: string): void {
    this.#session = session;
    this.#confirmed = pollCursor(position, 0);
    this.#restartExpiry();
  }

  get session(): ClientSession | null {
    return this.#session;
  }

  bufferedBytes(): number {
    return this.#frames.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  sendUpdates({ records, cursor }: OutboundUpdates): void {
    const frame = this.#lastFrame();
    for (const record of records) {
      const text = record.json();
      frame.updates.push(text);
      frame.bytes += text.length;
    }
    frame.position = cursor;
    this.#answerSoon();
  }

  /** A message counts before the updates of its answer: after updates it begins the next one. */
  sendMessage(message: PollMessage): void {
    const last = this.#frames.at(-1);
    const frame = last === undefined || last.updates.length > 0 ? this.#nextFrame() : last;
    frame.messages.push(message);
    if (message.type === 'resync') frame.position = message.to;
    this.#answerSoon();
  }

  /** What was not asked for yet goes with it; the next question is refused with the reason. */
  end(error: GatewayError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.sendMessage({ type: 'error', id: null, error, time: this.#clock.wallMs() });
    this.#session?.close();
    if (this.#waiter !== null) this.#settle();
  }

  /** The first answer, to the request that opened the session: with the present state as far as it is known here. */
  async first(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#clock.after(presentMs, resolve);
    });
    this.#session?.setReading(false);
    this.#give();
    return this.#given?.body ?? this.#emptyBody();
  }

  /** The text of the next answer; after `waitMs` one without anything. Its question may go away before. */
  next(cursor: string, waitMs: number): PendingAnswer {
    this.#confirm(cursor);
    this.#restartExpiry();
    // Another question of the same client: the one before gets an answer that changes nothing.
    this.#waiter?.(this.#emptyBody());
    this.#stopWaiting();
    if (this.#given !== null) return answered(Promise.resolve(this.#given.body));
    if (this.#ended !== null && this.#frames.length === 0) {
      return answered(Promise.reject(new GatewayRefusal(this.#ended)));
    }
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiter = resolve;
    this.#cancelWait = this.#clock.after(waitMs, () => {
      this.#settle();
    });
    this.#session?.setReading(true);
    if (this.#frames.length > 0) this.#answerSoon();
    return {
      body: promise,
      forget: () => {
        if (this.#waiter !== resolve) return;
        resolve(this.#emptyBody());
        this.#stopWaiting();
        this.#session?.setReading(false);
      },
    };
  }

  close(): void {
    this.#cancelExpiry();
    this.#waiter?.(this.#emptyBody());
    this.#stopWaiting();
    this.#session?.close();
    this.#onEnd();
  }

  #confirm(cursor: string): void {
    if (this.#given?.cursor === cursor) {
      this.#confirmed = cursor;
      this.#given = null;
    } else if (cursor !== this.#confirmed) {
      throw new GatewayRefusal({
        code: 'INVALID_CURSOR',
        message:
          'This cursor is not that of the last answer. Open a new session with POST and this cursor.',
      });
    }
  }

  #restartExpiry(): void {
    this.#cancelExpiry();
    this.#cancelExpiry = this.#clock.after(gatewayLimits.pollSessionMs, () => {
      if (this.#waiter === null) this.close();
      else this.#restartExpiry();
    });
  }

  #lastFrame(): Frame {
    return this.#frames.at(-1) ?? this.#nextFrame();
  }

  #nextFrame(): Frame {
    const frame: Frame = { messages: [], updates: [], position: null, bytes: 0 };
    this.#frames.push(frame);
    return frame;
  }

  #answerSoon(): void {
    if (this.#waiter === null || this.#cancelGather !== null) return;
    this.#cancelGather = this.#clock.after(gatherMs, () => {
      this.#settle();
    });
  }

  #settle(): void {
    const waiter = this.#waiter;
    this.#stopWaiting();
    this.#session?.setReading(false);
    this.#restartExpiry();
    if (waiter === null) return;
    this.#give();
    waiter(this.#given?.body ?? this.#emptyBody());
  }

  #stopWaiting(): void {
    this.#waiter = null;
    this.#cancelWait();
    this.#cancelGather?.();
    this.#cancelGather = null;
  }

  /** Takes the next frame, if there is one, and keeps it as given. */
  #give(): void {
    const frame = this.#given === null ? this.#frames.shift() : undefined;
    if (frame === undefined) return;
    this.#answers += 1;
    const cursor = pollCursor(frame.position ?? resumePosition(this.#confirmed), this.#answers);
    this.#given = { cursor, body: this.#body(cursor, frame.messages, frame.updates) };
  }

  #emptyBody(): string {
    return this.#body(this.#confirmed, [], []);
  }

  #body(cursor: string, messages: readonly PollMessage[], updates: readonly string[]): string {
    const time = this.#clock.wallMs();
    const head = JSON.stringify({ type: 'poll', session: this.id, cursor, time, messages });
    return `${head.slice(0, -1)},"updates":[${updates.join(',')}]}`;
  }
}

function answered(body: Promise<string>): PendingAnswer {
  return { body, forget: () => undefined };
}
