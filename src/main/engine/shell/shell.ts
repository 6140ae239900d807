import { assertNever } from '../../../shared/assert.ts';
import type { BudgetHealth } from '../../../shared/feedHealth.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { CoreEffect, CoreInput, EffectSink, InputTime } from '../inputs.ts';
import type { EngineCommand } from '../engineCommand.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { HttpGet, HttpOutcome } from '../ports/http.ts';
import type { RandomPort } from '../ports/random.ts';
import type { OpenSocket, SocketHandle } from '../ports/socket.ts';
import type { RestAnswer, RestRequest, Venue, VenueEndpoints } from '../venues/venue.ts';
import { FrameQueue } from './frameQueue.ts';
import { VenueBudget } from './venueBudget.ts';

const tickMs = 50;
/** A tick this late means that the loop was blocked: what waits is read before any deadline is judged. */
const lateTickMs = 200;

/** An input before the shell gives it its time. */
export type UntimedInput = CoreInput extends infer Input
  ? Input extends CoreInput
    ? Omit<Input, keyof InputTime>
    : never
  : never;

export interface ShellOptions {
  readonly handle: (input: CoreInput, effects: EffectSink) => void;
  readonly venues: readonly Venue[];
  readonly endpoints: (venue: Venue) => VenueEndpoints;
  readonly openSocket: OpenSocket;
  readonly httpGet: HttpGet;
  readonly clock: ClockPort;
  readonly random: RandomPort;
  /** Told of every input before the core is: the recorder's place. */
  readonly tap?: (input: CoreInput) => void;
}

interface OpenedSocket {
  readonly handle: SocketHandle;
  readonly frames: FrameQueue;
}

/** How much waits in a shell: all of it has a bound. */
export interface ShellQueues {
  /** Inputs that came while another was handled. */
  readonly inputs: number;
  /** Timers, and requests on their way. */
  readonly timers: number;
  /** Asked for and not answered. */
  readonly requests: number;
  /** Of the socket with the most. */
  readonly frames: number;
}

/** Turns effects of the core into IO and IO into its inputs. Holds everything that the core may not: time, chance, budgets. */
export class Shell {
  readonly #options: ShellOptions;
  readonly #budgetByVenue = new Map<VenueId, VenueBudget>();
  readonly #venueById = new Map<VenueId, Venue>();
  readonly #socketByName = new Map<string, OpenedSocket>();
  /** Sockets that wait for a place in the budget. */
  readonly #cancelConnectByName = new Map<string, () => void>();
  readonly #cancels = new Set<() => void>();
  /** Whoever asked is told the end of it, also when that is the end of the shell. */
  readonly #unanswered = new Set<(outcome: HttpOutcome) => void>();
  readonly #waiting: UntimedInput[] = [];
  readonly #perform: EffectSink = (effect) => this.#performEffect(effect);
  #isHandling = false;
  #isClosed = false;
  #tickDueMs = 0;

  constructor(options: ShellOptions) {
    this.#options = options;
    for (const venue of options.venues) {
      this.#venueById.set(venue.id, venue);
      this.#budgetByVenue.set(venue.id, new VenueBudget(venue.limits));
    }
  }

  start(): void {
    this.#tickDueMs = this.#options.clock.monotonicMs() + tickMs;
    this.#later(tickMs, () => this.#tick());
  }

  command(command: EngineCommand): void {
    this.#submit({ type: 'command', command });
  }

  budget(venue: VenueId): VenueBudget | null {
    return this.#budgetByVenue.get(venue) ?? null;
  }

  /** What a connection may and does: the venue's own budgets, then those of its newest socket. */
  budgetsOf(venue: VenueId, connection: string): readonly BudgetHealth[] {
    const now = this.#options.clock.monotonicMs();
    const ofVenue = this.#budgetByVenue.get(venue)?.health(now) ?? [];
    return [...ofVenue, ...(this.#newestSocketOf(connection)?.frames.health() ?? [])];
  }

  /** A request inside the venue's budget whose answer is not an input of the core: pages of history for a window. */
  request(venueId: VenueId, request: RestRequest, whenDone: (outcome: HttpOutcome) => void): void {
    const done = (outcome: HttpOutcome): void => {
      if (this.#unanswered.delete(done)) whenDone(outcome);
    };
    this.#unanswered.add(done);
    const venue = this.#venueById.get(venueId);
    const budget = this.#budgetByVenue.get(venueId);
    if (venue === undefined || budget === undefined || this.#isClosed) {
      done(marketClosed);
      return;
    }
    this.#getInTurn(venue, budget, request, done);
  }

  get queues(): ShellQueues {
    const frames = [...this.#socketByName.values()].map((socket) => socket.frames.length);
    return {
      inputs: this.#waiting.length,
      timers: this.#cancels.size,
      requests: this.#unanswered.size,
      frames: Math.max(0, ...frames),
    };
  }

  /** Frames that wait on a connection for room in its venue's budget. */
  queuedOn(connection: string): number {
    return this.#newestSocketOf(connection)?.frames.length ?? 0;
  }

  /** Ends every socket, request and timer; safe to call twice. Nothing reaches the core afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    for (const done of this.#unanswered) done(marketClosed);
    for (const socket of this.#socketByName.values()) {
      socket.frames.close();
      socket.handle.terminate();
    }
    this.#socketByName.clear();
  }

  #newestSocketOf(connection: string): OpenedSocket | undefined {
    const sockets = [...this.#socketByName].filter(([name]) => name.startsWith(`${connection}/`));
    return sockets.at(-1)?.[1];
  }

  #submit(untimed: UntimedInput): void {
    if (this.#isClosed) return;
    this.#waiting.push(untimed);
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const { clock, handle, tap } = this.#options;
        const input: CoreInput = {
          ...next,
          receivedTime: clock.wallMs(),
          monotonicMs: clock.monotonicMs(),
        };
        tap?.(input);
        handle(input, this.#perform);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  #tick(): void {
    this.#wakeCore();
    this.#tickDueMs = this.#options.clock.monotonicMs() + tickMs;
    this.#later(tickMs, () => this.#tick());
  }

  #wakeCore(): void {
    const { clock } = this.#options;
    const isLate = clock.monotonicMs() - this.#tickDueMs > lateTickMs;
    if (isLate) clock.afterInput(() => this.#submit({ type: 'tick' }));
    else this.#submit({ type: 'tick' });
  }

  #performEffect(effect: CoreEffect): void {
    if (this.#isClosed) return;
    switch (effect.type) {
      case 'connect':
        return this.#connect(effect);
      case 'scheduleAttempt':
        return this.#schedule(effect);
      case 'send':
        return this.#send(effect);
      case 'terminate':
        this.#cancelConnectByName.get(nameOf(effect))?.();
        this.#socketByName.get(nameOf(effect))?.handle.terminate();
        return;
      case 'fetch':
        return this.#fetch(effect);
      default:
        return assertNever(effect);
    }
  }

  #connect(effect: Extract<CoreEffect, { type: 'connect' }>): void {
    const venue = this.#venueById.get(effect.venue);
    const budget = this.#budgetByVenue.get(effect.venue);
    if (venue === undefined || budget === undefined) return;
    const now = this.#options.clock.monotonicMs();
    const at = budget.takeConnect(effect.connection, now);
    if (at <= now) {
      this.#open(venue, effect);
      return;
    }
    const name = nameOf(effect);
    const cancel = this.#later(at - now, () => {
      this.#cancelConnectByName.delete(name);
      this.#open(venue, effect);
    });
    this.#cancelConnectByName.set(name, () => {
      this.#cancelConnectByName.delete(name);
      cancel();
    });
  }

  #open(venue: Venue, effect: Extract<CoreEffect, { type: 'connect' }>): void {
    const { connection, generation } = effect;
    const name = nameOf(effect);
    let frames: FrameQueue | null = null;
    const handle = this.#options.openSocket(this.#options.endpoints(venue).ws + effect.path, {
      opened: () => this.#submit({ type: 'opened', connection, generation }),
      frame: (text) => this.#submit({ type: 'frame', connection, generation, text }),
      pinged: (answer) => {
        frames?.answerPing(answer);
        this.#submit({ type: 'pinged', connection, generation });
      },
      closed: (code, reason, retryAfterMs, failure) => {
        frames?.close();
        this.#socketByName.delete(name);
        if (code < 1_000) this.#punish(venue, code, retryAfterMs);
        const known = failure === undefined ? {} : { failure };
        this.#submit({ type: 'closed', connection, generation, code, reason, ...known });
      },
    });
    frames = new FrameQueue(venue.limits, this.#options.clock, (text) => handle.send(text));
    this.#socketByName.set(name, { handle, frames });
  }

  #schedule(effect: Extract<CoreEffect, { type: 'scheduleAttempt' }>): void {
    const budget = this.#budgetByVenue.get(effect.venue);
    if (budget === undefined) return;
    const now = this.#options.clock.monotonicMs();
    const { minDelayMs = 0, maxDelayMs } = effect;
    const wanted = now + minDelayMs + this.#options.random() * (maxDelayMs - minDelayMs);
    const frozen = budget.frozen(wanted);
    const at = budget.planConnect(effect.connection, wanted, now);
    this.#submit({
      type: 'attemptScheduled',
      connection: effect.connection,
      delayMs: at - now,
      frozen: frozen?.cause ?? null,
    });
    // On its time, not at the tick after it.
    this.#later(at - now, () => this.#wakeCore());
  }

  #send(effect: Extract<CoreEffect, { type: 'send' }>): void {
    const socket = this.#socketByName.get(nameOf(effect));
    if (socket === undefined) return;
    if (!socket.frames.add(effect.text, effect.purpose)) socket.handle.terminate();
  }

  #fetch(effect: Extract<CoreEffect, { type: 'fetch' }>): void {
    const { requestId } = effect;
    this.request(effect.venue, effect.request, (outcome) => {
      if (outcome.type === 'failed') {
        const { reason, failure } = outcome;
        const known = failure === undefined ? {} : { failure };
        this.#submit({ type: 'restFailed', requestId, reason, ...known });
        return;
      }
      const { status, headers, body } = outcome.answer;
      const { elapsedMs } = outcome;
      this.#submit({ type: 'restAnswered', requestId, status, headers, body, elapsedMs });
    });
  }

  /** A place that comes free later is asked for again then: by that time the venue may have frozen everything. */
  #getInTurn(
    venue: Venue,
    budget: VenueBudget,
    request: RestRequest,
    done: (outcome: HttpOutcome) => void,
  ): void {
    const now = this.#options.clock.monotonicMs();
    const at = budget.takeRequest(request.weight, now);
    if (at <= now) this.#get(venue, budget, request, done);
    else this.#later(at - now, () => this.#getInTurn(venue, budget, request, done));
  }

  #get(
    venue: Venue,
    budget: VenueBudget,
    request: RestRequest,
    done: (outcome: HttpOutcome) => void,
  ): void {
    const { clock, endpoints, httpGet } = this.#options;
    const cancel = httpGet(endpoints(venue).rest + request.path, (outcome) => {
      this.#cancels.delete(cancel);
      budget.endRequest(request.weight, clock.monotonicMs());
      if (outcome.type === 'answered') this.#obey(venue, budget, outcome.answer);
      done(outcome);
    });
    this.#cancels.add(cancel);
  }

  #obey(venue: Venue, budget: VenueBudget, answer: RestAnswer): void {
    const used = venue.rest.usedWeight?.(answer) ?? null;
    if (used !== null) budget.noteUsed(used, this.#options.clock.monotonicMs());
    const verdict = venue.rest.classify(answer);
    if (verdict.type !== 'rate-limited') return;
    this.#freeze(venue, verdict.retryAfterMs, verdict.banned ? 'banned' : 'rate-limited');
  }

  /** A refused handshake with one of these codes speaks for the whole address, not for one socket. */
  #punish(venue: Venue, status: number, retryAfterMs: number | null): void {
    if (status === 429) this.#freeze(venue, retryAfterMs, 'rate-limited');
    if (status === 418 || status === 403) this.#freeze(venue, retryAfterMs, 'banned');
  }

  #freeze(venue: Venue, retryAfterMs: number | null, cause: 'rate-limited' | 'banned'): void {
    const now = this.#options.clock.monotonicMs();
    const budget = this.#budgetByVenue.get(venue.id);
    budget?.freeze(now + (retryAfterMs ?? venue.limits.punishmentMs), cause);
  }

  #later(delayMs: number, run: () => void): () => void {
    const cancel = this.#options.clock.setTimer(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#isClosed) run();
    });
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }
}

const marketClosed: HttpOutcome = { type: 'failed', reason: 'the market was closed' };

function nameOf(socket: { readonly connection: string; readonly generation: number }): string {
  return `${socket.connection}/${socket.generation}`;
}
