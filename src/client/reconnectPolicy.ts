import type { ReconnectPolicy, ReconnectPreset } from './clientContract.ts';

export const defaultReconnect: ReconnectPolicy = {
  initialMs: 1_000,
  factor: 2,
  maxMs: 5_000,
  jitter: 0.2,
  maxAttempts: 5,
  resetAfterMs: 10_000,
};

const asDocumented = { factor: 2, jitter: 0, resetAfterMs: 0 } as const;

/** The numbers of the documents that programs may have been written to. None of them spreads its attempts. */
export const reconnectPresets: Readonly<Record<ReconnectPreset, ReconnectPolicy>> = {
  doc0: { ...asDocumented, initialMs: 5_000, maxMs: Number.POSITIVE_INFINITY, maxAttempts: 10 },
  doc1: { ...asDocumented, initialMs: 1_000, maxMs: 5_000, maxAttempts: 5 },
  doc3: { ...asDocumented, initialMs: 1_000, maxMs: Number.POSITIVE_INFINITY, maxAttempts: 5 },
};

/** Timers of browsers and Node overflow beyond this. */
const longestTimerMs = 2_147_483_647;
/** A policy without a cap still has to try again some time. */
const longestPauseMs = 60_000;

/** Before attempt n of a row, the first is 1. */
export function reconnectDelay(
  policy: ReconnectPolicy,
  attempt: number,
  random: () => number,
): number {
  const full = Math.min(policy.initialMs * policy.factor ** (attempt - 1), policy.maxMs);
  return Math.min(full * (1 - policy.jitter * random()), longestTimerMs);
}

export interface NextAttempt<Transport> {
  readonly transport: Transport;
  readonly delayMs: number;
  /** Another transport than that of the attempt before. */
  readonly isDemoted: boolean;
  /** The first attempt after those of the policy. */
  readonly isLate: boolean;
}

export interface AttemptPlanOptions<Transport> {
  readonly policy: ReconnectPolicy;
  readonly transports: readonly Transport[];
  readonly keepsTrying: boolean;
  readonly random: () => number;
}

/** Which transport is tried next, and when: pure but for the count of attempts and the random share. */
export class AttemptPlan<Transport> {
  /** Since the last good connection. */
  attempts = 0;
  private readonly options: AttemptPlanOptions<Transport>;
  private index = 0;
  private attemptsHere = 0;
  /** Of the attempts here, the one that followed a demotion at once. */
  private freeAttempts = 0;
  private isLate = false;

  constructor(options: AttemptPlanOptions<Transport>) {
    this.options = options;
  }

  get transport(): Transport | null {
    return this.options.transports[this.index] ?? null;
  }

  get better(): readonly Transport[] {
    return this.options.transports.slice(0, this.index);
  }

  get hasLesser(): boolean {
    return !this.isLate && this.index + 1 < this.options.transports.length;
  }

  /** Null: it is given up. */
  next(): NextAttempt<Transport> | null {
    const { policy } = this.options;
    if (this.isLate) return this.afterLast(false);
    if (this.attemptsHere >= policy.maxAttempts) return this.demote();
    this.attemptsHere += 1;
    return this.attempt(reconnectDelay(policy, this.delayNumber(), this.options.random));
  }

  /** The next transport, at once; from the last one what follows its last attempt. */
  demote(): NextAttempt<Transport> | null {
    if (this.isLate) return this.afterLast(false);
    if (!this.hasLesser) return this.afterLast(true);
    this.index += 1;
    this.attemptsHere = 1;
    this.freeAttempts = 1;
    return { ...this.attemptOrThrow(0), isDemoted: true };
  }

  /** Attempts count anew; the transport stays. */
  reset(): void {
    this.attempts = 0;
    this.attemptsHere = 0;
    this.freeAttempts = 0;
    this.isLate = false;
  }

  use(transport: Transport): void {
    this.index = Math.max(0, this.options.transports.indexOf(transport));
  }

  private delayNumber(): number {
    return Math.max(1, this.attemptsHere - this.freeAttempts);
  }

  private afterLast(isFirst: boolean): NextAttempt<Transport> | null {
    const { policy, keepsTrying, transports, random } = this.options;
    if (!keepsTrying) return null;
    this.isLate = true;
    this.index = isFirst ? 0 : (this.index + 1) % transports.length;
    const pauseMs = Math.min(policy.maxMs, longestPauseMs);
    return { ...this.attemptOrThrow(pauseMs * (1 - policy.jitter * random())), isLate: isFirst };
  }

  private attempt(delayMs: number): NextAttempt<Transport> | null {
    return this.transport === null ? null : this.attemptOrThrow(delayMs);
  }

  private attemptOrThrow(delayMs: number): NextAttempt<Transport> {
    const { transport } = this;
    if (transport === null) throw new Error('A connection needs at least one transport.');
    this.attempts += 1;
    return { transport, delayMs, isDemoted: false, isLate: false };
  }
}
