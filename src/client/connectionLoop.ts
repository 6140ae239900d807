import type { GatewayError } from '../shared/gateway/errors.ts';
import type { ServerMessage, SubscribedMessage } from '../shared/gateway/wire.ts';
import type { ClientTransport, ResolvedOptions } from './clientContract.ts';
import type { ConnectionState } from './connectionState.ts';
import { isTokenError } from './errorCatalogue.ts';
import type { CatalogueCode } from './errorCatalogue.ts';
import { Heartbeat } from './heartbeat.ts';
import type { NextAttempt } from './reconnectPolicy.ts';
import { AttemptPlan } from './reconnectPolicy.ts';
import type { ResolvedPorts } from './resolveOptions.ts';
import { SilenceWatch } from './silenceWatch.ts';
import { StateMachine } from './stateMachine.ts';
import type { TokenKeeper } from './tokenKeeper.ts';
import type { RegistryChange } from './subscriptionRegistry.ts';
import type { Transport, TransportEnd, TransportListener } from './transports/transport.ts';
import { resumePing } from './transports/transport.ts';
import type { PromotedTransport } from './upwardProbe.ts';
import { UpwardProbe } from './upwardProbe.ts';

/** What happens to the connection; the loop itself decides what follows. */
export interface LoopEvents {
  onStep(from: ConnectionState, to: ConnectionState): void;
  onConnected(transport: ClientTransport, attempts: number): void;
  /** Another transport has taken over; the state is the same. */
  onPromoted(transport: ClientTransport): void;
  /** What was missed has been asked for, and the answer to that has come. */
  onResumeAnswered(): void;
  /** `retryInMs`: when it is tried again; null: not. */
  onLost(end: TransportEnd, retryInMs: number | null): void;
  onTransport(from: ClientTransport | null, to: ClientTransport, reason: string): void;
  onMessage(message: ServerMessage): void;
  onSubscribed(asked: readonly string[], answer: SubscribedMessage): void;
  onRefused(asked: readonly string[], error: GatewayError): void;
  onUnreadable(detail: string): void;
  onSent(): void;
  onAttempt(attempt: number, transport: ClientTransport): void;
  onAttemptFailed(end: TransportEnd, attempt: number, retryInMs: number | null): void;
  onAttemptsOver(attempts: number): void;
  /** It ends for good: refused, given up, or closed by the other side. */
  onEnded(end: TransportEnd): void;
}

export interface ConnectionLoopOptions {
  readonly options: ResolvedOptions;
  readonly ports: ResolvedPorts;
  readonly tokens: TokenKeeper;
  readonly events: LoopEvents;
  readonly createTransport: (name: ClientTransport, listener: TransportListener) => Transport;
  /** Whether anything is asked for: silence means something only then. */
  readonly hasWishes: () => boolean;
  /** Whether a stream that cannot be asked has missed something. */
  readonly isBehind: () => Promise<boolean>;
}

type LoopTimer = 'attempt' | 'open' | 'stable' | 'demote';

function endOf(code: CatalogueCode, reason: string): TransportEnd {
  return { code, reason, closeCode: null, wasClean: false, error: null };
}

function delayOf(next: NextAttempt<ClientTransport> | null, end: TransportEnd): number | null {
  return next === null ? null : Math.max(next.delayMs, end.error?.retryAfterMs ?? 0);
}

/** One connection kept alive over all transports: attempts, demotion, probing upward, heartbeat and silence. */
export class ConnectionLoop {
  readonly heartbeat: Heartbeat;
  private readonly own: ConnectionLoopOptions;
  private readonly machine: StateMachine;
  private readonly plan: AttemptPlan<ClientTransport>;
  private readonly probe: UpwardProbe;
  private readonly silence: SilenceWatch;
  private current: Transport | null = null;
  private isOpen = false;
  private generation = 0;
  private shownTransport: ClientTransport | null = null;
  private tokenRefusals = 0;
  private readonly cancels = new Map<LoopTimer, () => void>();

  constructor(own: ConnectionLoopOptions) {
    this.own = own;
    const { options, ports, events } = own;
    this.machine = new StateMachine((from, to) => events.onStep(from, to));
    this.plan = new AttemptPlan({
      policy: options.reconnect,
      transports: options.transports,
      keepsTrying: options.afterLastAttempt === 'keep-trying',
      random: ports.random,
    });
    this.heartbeat = new Heartbeat({
      intervalMs: options.heartbeatIntervalMs,
      timeoutMs: options.heartbeatTimeoutMs,
      clock: ports.clock,
      ping: (id) => this.current?.send({ type: 'ping', id }) ?? false,
      onMissed: () => this.drop(endOf('HEARTBEAT_MISSED', 'A heartbeat was not answered.')),
    });
    this.probe = new UpwardProbe({
      intervalMs: options.probeIntervalMs,
      timeoutMs: options.connectTimeoutMs,
      clock: ports.clock,
      better: () => this.plan.better,
      open: own.createTransport,
      onFound: (promoted) => this.promote(promoted),
    });
    this.silence = new SilenceWatch({
      ...{ noDataMs: options.noDataMs, clock: ports.clock, isBehind: own.isBehind },
      canAsk: () => this.canAsk(),
      ask: () => this.heartbeat.pingNow(),
      onSilent: () => this.drop(endOf('NO_DATA', 'Nothing came for too long.'), true),
    });
  }

  get state(): ConnectionState {
    return this.machine.state;
  }

  get transport(): Transport | null {
    return this.isOpen ? this.current : null;
  }

  /** Of a transport on trial as well: it would begin with the channels and the token of before. */
  change(change: RegistryChange): void {
    this.transport?.change(change);
    this.probe.change(change);
  }

  /** From the first transport on, whatever was tried before. */
  start(): void {
    this.stopAll();
    this.plan.reset();
    this.tokenRefusals = 0;
    const [first] = this.own.options.transports;
    if (first !== undefined) this.plan.use(first);
    this.silence.heard();
    this.watchForDemotion();
    this.attempt();
  }

  /** Ended by us: no timer and no socket stays. Safe to call twice. */
  stop(): void {
    this.finish('CLOSED');
  }

  private finish(state: 'CLOSED' | 'DISCONNECTED' | 'ERROR'): void {
    this.stopAll();
    this.own.tokens.stop();
    if (state === 'ERROR') this.own.tokens.refused();
    this.machine.moveTo(state);
  }

  private stopAll(): void {
    this.generation += 1;
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
    this.probe.stop();
    this.heartbeat.stop();
    this.silence.stop();
    this.isOpen = false;
    this.current?.close();
    this.current = null;
  }

  private later(timer: LoopTimer, delayMs: number, run: () => void): void {
    this.cancels.get(timer)?.();
    this.cancels.set(
      timer,
      this.own.ports.clock.after(delayMs, () => {
        this.cancels.delete(timer);
        run();
      }),
    );
  }

  private clear(timer: LoopTimer): void {
    this.cancels.get(timer)?.();
    this.cancels.delete(timer);
  }

  private attempt(): void {
    const { tokens, options } = this.own;
    this.closeCurrent();
    const { generation } = this;
    this.machine.moveTo('CONNECTING');
    if (generation !== this.generation) return;
    const name = this.plan.transport;
    if (name === null) return;
    this.later('open', options.connectTimeoutMs, () => {
      this.failed(endOf('CONNECTION_TIMEOUT', 'No answer in time.'));
    });
    // Without a provider there is nothing to wait for: the socket opens in the same turn.
    if (!tokens.canRefresh) {
      this.open(name, generation);
      return;
    }
    tokens.ready().then(
      (isReady) => {
        if (generation !== this.generation) return;
        if (isReady) this.open(name, generation);
        else this.refuse(endOf('TOKEN_REFUSED', ''));
      },
      () => this.refuse(endOf('TOKEN_REFUSED', '')),
    );
  }

  private open(name: ClientTransport, generation: number): void {
    this.current = this.own.createTransport(name, this.listener(generation));
  }

  /** Of an attempt that is over nothing is heard any more. */
  private listener(generation: number): TransportListener {
    const { events } = this.own;
    const isPresent = (): boolean => generation === this.generation;
    return {
      onOpen: () => {
        if (isPresent()) this.opened('connected');
      },
      onMessage: (message) => {
        if (!isPresent()) return;
        if (message.type === 'pong') this.heartbeat.pong(message.id);
        events.onMessage(message);
        if (message.type === 'pong' && message.id === resumePing) events.onResumeAnswered();
      },
      onSubscribed: (asked, answer) => {
        if (!isPresent()) return;
        events.onSubscribed(asked, answer);
        // Of those that cannot ask, the request for channels is also the one for what was missed.
        if (this.current?.canSend === false) events.onResumeAnswered();
      },
      onRefused: (asked, error) => {
        if (isPresent()) events.onRefused(asked, error);
      },
      onUnreadable: (detail) => {
        if (isPresent()) events.onUnreadable(detail);
      },
      onReceived: () => {
        if (isPresent()) this.silence.heard();
      },
      onSent: () => {
        if (isPresent()) events.onSent();
      },
      onEnd: (end) => {
        if (!isPresent()) return;
        if (this.isOpen) this.drop(end);
        else this.failed(end);
      },
    };
  }

  private opened(reason: string): void {
    const { current } = this;
    const { options, events } = this.own;
    if (current === null) {
      // The transport told so while it was being made.
      this.later('open', 0, () => this.opened(reason));
      return;
    }
    this.clear('open');
    this.clear('demote');
    this.isOpen = true;
    this.tokenRefusals = 0;
    const { attempts } = this.plan;
    const { generation } = this;
    this.later('stable', options.reconnect.resetAfterMs, () => this.plan.reset());
    this.show(current.name, reason);
    this.machine.moveTo('CONNECTED');
    if (generation !== this.generation) return;
    events.onConnected(current.name, attempts);
    if (generation !== this.generation) return;
    if (!current.start()) events.onResumeAnswered();
    this.watch();
  }

  private watch(): void {
    if (this.current?.canSend === true) this.heartbeat.start();
    this.probe.start();
    this.silence.start();
  }

  private show(name: ClientTransport, reason: string): void {
    const from = this.shownTransport;
    if (from === name) return;
    this.shownTransport = name;
    this.own.events.onTransport(from, name, reason);
  }

  /** A poll is asked all the time, and without wishes silence means nothing. */
  private canAsk(): boolean | null {
    const { current } = this;
    if (current === null || current.name === 'poll' || !this.own.hasWishes()) return null;
    return current.canSend;
  }

  /** The open connection is over. */
  private drop(end: TransportEnd, isDemoted = false): void {
    const { events, options } = this.own;
    this.closeCurrent();
    this.probe.lost();
    this.watchForDemotion();
    const { generation } = this;
    const isFinal = end.closeCode === 1000 && options.onCleanClose === 'stay-closed';
    if (isFinal) {
      events.onLost(end, null);
      if (generation !== this.generation) return;
      this.finish('DISCONNECTED');
      events.onEnded(end);
      return;
    }
    const isRefused = isTokenError(end.code);
    const next = isRefused ? null : isDemoted ? this.plan.demote() : this.plan.next();
    this.machine.moveTo('RECONNECTING');
    events.onLost(end, isRefused && this.own.tokens.canRefresh ? 0 : delayOf(next, end));
    if (generation !== this.generation) return;
    if (isRefused) this.renewToken(end);
    else this.schedule(next, end);
  }

  /** An attempt is over. */
  private failed(end: TransportEnd): void {
    this.closeCurrent();
    const { generation } = this;
    if (isTokenError(end.code)) {
      this.renewToken(end);
      return;
    }
    this.machine.moveTo(end.error === null ? 'RECONNECTING' : 'ERROR');
    if (generation === this.generation) this.tryNext(this.plan.next(), end);
  }

  private tryNext(next: NextAttempt<ClientTransport> | null, end: TransportEnd): void {
    const { generation } = this;
    this.own.events.onAttemptFailed(end, this.plan.attempts, delayOf(next, end));
    if (generation === this.generation) this.schedule(next, end);
  }

  private schedule(next: NextAttempt<ClientTransport> | null, end: TransportEnd): void {
    const { events } = this.own;
    const { generation } = this;
    if (next === null || next.isLate) events.onAttemptsOver(this.plan.attempts);
    if (generation !== this.generation) return;
    if (next === null) {
      this.finish('CLOSED');
      events.onEnded(endOf('GAVE_UP', end.reason));
      return;
    }
    if (next.isDemoted) this.watchForDemotion();
    this.later('attempt', delayOf(next, end) ?? 0, () => {
      events.onAttempt(this.plan.attempts, next.transport);
      if (generation === this.generation) this.attempt();
    });
  }

  /** Attempts of one transport end when there was no data for too long, however many they were. */
  private watchForDemotion(): void {
    if (!this.plan.hasLesser) {
      this.clear('demote');
      return;
    }
    const waitMs = this.own.options.noDataMs - this.silence.silentMs;
    const isFirst = waitMs > 0;
    this.later('demote', isFirst ? waitMs : this.own.options.noDataMs, () => {
      this.clear('attempt');
      this.closeCurrent();
      this.machine.moveTo('RECONNECTING');
      this.tryNext(this.plan.demote(), endOf('NO_DATA', 'No data for too long.'));
    });
  }

  private renewToken(end: TransportEnd): void {
    const { tokens, options } = this.own;
    this.tokenRefusals += 1;
    if (!tokens.canRefresh || this.tokenRefusals > options.maxTokenRetries) {
      this.refuse(end);
      return;
    }
    this.machine.moveTo('RECONNECTING');
    const { generation } = this;
    const goOn = (isRenewed: boolean): void => {
      if (generation !== this.generation) return;
      if (isRenewed) this.later('attempt', 0, () => this.attempt());
      else this.refuse(end);
    };
    tokens.refresh().then(goOn, () => goOn(false));
  }

  /** Trying again with the same token would only count as an attack. */
  private refuse(end: TransportEnd): void {
    this.finish('ERROR');
    this.own.events.onEnded(end);
  }

  private promote({ transport, welcome, handOver }: PromotedTransport): void {
    const { events } = this.own;
    const former = this.current;
    this.generation += 1;
    this.heartbeat.stop();
    former?.close();
    this.current = transport;
    this.plan.use(transport.name);
    this.plan.reset();
    this.silence.heard();
    handOver(this.listener(this.generation));
    this.show(transport.name, 'a better transport answers again');
    const { generation } = this;
    if (welcome !== null) events.onMessage(welcome);
    events.onPromoted(transport.name);
    if (generation !== this.generation) return;
    if (!transport.start()) events.onResumeAnswered();
    this.watch();
  }

  private closeCurrent(): void {
    this.generation += 1;
    this.isOpen = false;
    this.clear('open');
    this.silence.stop();
    this.clear('stable');
    this.heartbeat.stop();
    this.probe.stop();
    this.current?.close();
    this.current = null;
  }
}
