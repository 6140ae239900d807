import type { GatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import type {
  Beat,
  ClusterView,
  EventEntry,
  Lease,
  LeaseStep,
  PublishedBatch,
  RedisPort,
} from '../../src/main/gateway/redis/redisPort.ts';
import { RedisAwayError, stateTopic } from '../../src/main/gateway/redis/redisPort.ts';
import { askTopic } from '../../src/main/gateway/redis/candleQuestions.ts';
import { scaleOutLimits } from '../../src/main/gateway/redis/scaleOutLimits.ts';

interface Kept {
  readonly bytes: Uint8Array;
  readonly untilMs: number;
}

interface Member {
  readonly role: Beat['role'];
  readonly record: string;
  readonly untilMs: number;
}

/** All that the processes share, on virtual time: each step as the scripts in Redis do it. */
export class ChaosRedis {
  readonly clock: GatewayClock;
  readonly ports = new Set<ChaosPort>();
  readonly #retentionMs: number;
  readonly #leases = new Map<string, Omit<Lease, 'ageMs'> & { readonly untilMs: number }>();
  readonly #members = new Map<string, Member>();
  readonly #wants = new Map<string, { readonly channels: readonly string[]; untilMs: number }>();
  readonly #kept = new Map<string, Kept>();
  readonly #batches = new Map<string, number>();
  readonly #logs = new Map<string, { readonly id: number; readonly bytes: Uint8Array }[]>();
  #entries: { readonly entry: EventEntry; readonly atMs: number }[] = [];
  #wantsVersion = 0;
  #runs = 1;
  #ids = 0;
  #count = 0;
  #gaps = 0;
  #fences = 0;
  #backMs = 0;

  constructor(clock: GatewayClock, retentionMs: number) {
    this.clock = clock;
    this.#retentionMs = retentionMs;
  }

  port(): ChaosPort {
    const port = new ChaosPort(this);
    this.ports.add(port);
    return port;
  }

  /** Empty, as after a restart without a disk. */
  forgetAll(): void {
    for (const map of [this.#leases, this.#members, this.#wants, this.#kept, this.#batches]) {
      map.clear();
    }
    this.#logs.clear();
    this.#entries = [];
    this.#runs += 1;
    this.#count = 0;
    this.#gaps = 0;
  }

  /** It goes on with another clock: that of its machine, or another machine. */
  setBack(ms: number): void {
    this.#backMs += ms;
  }

  ownerOf(market: string): string | null {
    return this.#leaseOf(market)?.owner ?? null;
  }

  beat({ role, id, record, keepMs, wantsVersion }: Beat): ClusterView {
    const now = this.clock.monotonicMs();
    if (role === 'gateway' && !this.#members.has(id)) this.#wantsVersion += 1;
    this.#members.set(id, { role, record, untilMs: now + keepMs });
    for (const [name, { untilMs }] of this.#wants) if (untilMs <= now) this.#wants.delete(name);
    const want = this.#wants.get(id);
    if (want !== undefined) want.untilMs = now + keepMs * 2;
    for (const [name, member] of this.#members) {
      const isGone = member.role === 'ingester' && this.#isGone(name, member.untilMs);
      if (member.untilMs > now && !isGone) continue;
      this.#members.delete(name);
      if (member.role === 'gateway') this.#wantsVersion += 1;
    }
    const alive = [...this.#members];
    const ingesters = alive.filter(([, member]) => member.role === 'ingester');
    const gateways = alive.filter(([, member]) => member.role === 'gateway');
    const version = `${this.#runs}.${this.#wantsVersion}`;
    const union = new Set(gateways.flatMap(([name]) => this.#wants.get(name)?.channels ?? []));
    return {
      ...{ time: this.clock.wallMs(), run: `run${this.#runs}`, gateways: gateways.length },
      ingesters: new Map(ingesters.map(([name, member]) => [name, member.record])),
      ...{ hasWants: want !== undefined, wantsVersion: version },
      wants: role === 'ingester' && version !== wantsVersion ? [...union] : null,
    };
  }

  leave(id: string): void {
    this.#members.delete(id);
    this.#wants.delete(id);
    this.#wantsVersion += 1;
    this.notify('beat', new Uint8Array());
  }

  setWants(gateway: string, channels: readonly string[], keepMs: number): void {
    const before = this.#wants.get(gateway)?.channels.join();
    this.#wants.set(gateway, { channels, untilMs: this.clock.monotonicMs() + keepMs });
    if (before === channels.join()) return;
    this.#wantsVersion += 1;
    this.notify('beat', new Uint8Array());
  }

  lease(owner: string, step: LeaseStep, keepMs: number): Lease | null {
    const held = this.#leaseOf(step.market);
    const untilMs = this.clock.monotonicMs() + keepMs;
    if (step.type === 'claim' && held === null) {
      this.#fences += 1;
      const fence = (this.clock.wallMs() - this.#backMs) * 100 + this.#fences;
      this.#leases.set(step.market, { owner, fence, untilMs });
    } else if (step.type === 'renew' || step.type === 'release') {
      if (held?.owner !== owner || held.fence !== step.fence) return held;
      const { fence } = held;
      if (step.type === 'renew') this.#leases.set(step.market, { owner, fence, untilMs });
      else this.#leases.delete(step.market);
    }
    return this.#leaseOf(step.market);
  }

  publish({ owner, run, number, markets }: PublishedBatch): readonly string[] {
    if (run !== `run${this.#runs}`) throw new Error('RUN is another one');
    if ((this.#batches.get(owner) ?? -1) >= number) return [];
    this.#batches.set(owner, number);
    const refused: string[] = [];
    const parts: EventEntry['markets'][number][] = [];
    const first = { event: this.#count + 1, gap: this.#gaps + 1 };
    for (const { market, fence, eventCount, gapCount, events, states } of markets) {
      const held = this.#leaseOf(market);
      if (held?.owner !== owner || held.fence !== fence) {
        refused.push(market);
        continue;
      }
      if (events !== null) parts.push({ market, bytes: events.slice() });
      this.#count += eventCount;
      this.#gaps += gapCount;
      for (const { channel, bytes } of states) {
        this.put(`v:${channel}`, bytes, scaleOutLimits.stateKeepMs);
        this.notify(stateTopic(channel), bytes);
      }
    }
    if (parts.length === 0) return refused;
    const atMs = this.clock.monotonicMs();
    this.#ids += 1;
    const entry = { id: String(this.#ids), run, firstEvent: first.event, firstGap: first.gap };
    this.#entries.push({ entry: { ...entry, markets: parts }, atMs });
    const oldest = this.#entries.findIndex((each) => atMs - each.atMs <= this.#retentionMs);
    if (oldest > 500) this.#entries = this.#entries.slice(oldest);
    for (const port of this.ports) port.wake();
    return refused;
  }

  entriesAfter(id: string): readonly EventEntry[] {
    const at = this.#entries.findIndex(({ entry }) => Number(entry.id) > Number(id));
    const found = at < 0 ? [] : this.#entries.slice(at, at + scaleOutLimits.readCount);
    return found.map(({ entry }) => entry);
  }

  put(name: string, bytes: Uint8Array, keepMs: number): void {
    const untilMs = this.clock.monotonicMs() + keepMs;
    this.#kept.set(name, { bytes: bytes.slice(), untilMs });
  }

  get(name: string): Uint8Array | null {
    const kept = this.#kept.get(name);
    return kept !== undefined && kept.untilMs > this.clock.monotonicMs() ? kept.bytes : null;
  }

  append(log: string, bytes: Uint8Array): void {
    const entries = this.#logs.get(log) ?? [];
    const id = Math.max(this.clock.wallMs() - this.#backMs, (entries.at(-1)?.id ?? 0) + 1);
    this.#logs.set(log, [...entries, { id, bytes: bytes.slice() }]);
  }

  readLog(log: string, afterId: string) {
    const found = (this.#logs.get(log) ?? []).filter(({ id }) => id > Number(afterId));
    const lastId = String(found.at(-1)?.id ?? afterId);
    return { lastId, entries: found.map(({ bytes }) => bytes) };
  }

  notify(topic: string, bytes: Uint8Array): number {
    const copy = bytes.slice();
    return [...this.ports].reduce((heard, port) => heard + port.hear(topic, copy), 0);
  }

  #leaseOf(market: string): Lease | null {
    const lease = this.#leases.get(market);
    if (lease === undefined) return null;
    const { owner, fence, untilMs } = lease;
    const leftMs = untilMs - this.clock.monotonicMs();
    if (leftMs <= 0 || this.#isGone(owner, untilMs)) return null;
    return { owner, fence, ageMs: scaleOutLimits.leaseMs - leftMs };
  }

  /** It has no connection any more. */
  #isGone(owner: string, untilMs: number): boolean {
    const { leaseMs, goneMs } = scaleOutLimits;
    if (untilMs - this.clock.monotonicMs() > leaseMs - goneMs) return false;
    return ![...this.ports].some((port) => port.listensTo(askTopic(owner)));
  }
}

/** The way of one process to it. */
export class ChaosPort implements RedisPort {
  readonly #redis: ChaosRedis;
  readonly #links = new Set<(isUp: boolean) => void>();
  readonly #gaps = new Set<() => void>();
  readonly #topics = new Map<string, Set<(bytes: Uint8Array) => void>>();
  #isCut = false;
  #whenMoving: { readonly moves: Promise<void>; readonly move: () => void } | null = null;
  #endRead: ((error: Error | null) => void) | null = null;

  constructor(redis: ChaosRedis) {
    this.#redis = redis;
  }

  /** It does not reach Redis any more, or again. */
  cut(isCut: boolean): void {
    if (isCut === this.#isCut) return;
    this.#isCut = isCut;
    if (isCut) this.#endRead?.(new RedisAwayError('cut'));
    for (const listener of [...this.#links]) listener(!isCut);
    if (!isCut) for (const listener of [...this.#gaps]) listener();
  }

  /** Its process does not get to run, or goes on: its connections stay, and nothing is asked or answered. */
  stand(isStill: boolean): void {
    this.#whenMoving?.move();
    this.#whenMoving = null;
    if (!isStill) return;
    let move = (): void => undefined;
    const moves = new Promise<void>((resolve) => {
      move = resolve;
    });
    this.#whenMoving = { moves, move };
  }

  listensTo(topic: string): boolean {
    return !this.#isCut && (this.#topics.get(topic)?.size ?? 0) > 0;
  }

  wake(): void {
    this.#endRead?.(null);
  }

  hear(topic: string, bytes: Uint8Array): number {
    const listeners = this.#isCut ? [] : [...(this.#topics.get(topic) ?? [])];
    // As over a connection: after what the sender does in this turn.
    if (listeners.length > 0) {
      queueMicrotask(() => {
        for (const listener of listeners) listener(bytes);
      });
    }
    return listeners.length;
  }

  isUp(): boolean {
    return !this.#isCut;
  }

  onLink(listener: (isUp: boolean) => void): () => void {
    this.#links.add(listener);
    listener(!this.#isCut);
    return () => this.#links.delete(listener);
  }

  beat(beat: Beat): Promise<ClusterView> {
    return this.#reach(() => this.#redis.beat(beat));
  }

  leave(_role: Beat['role'], id: string): Promise<void> {
    return this.#reach(() => this.#redis.leave(id));
  }

  setWants(gateway: string, channels: readonly string[], keepMs: number): Promise<void> {
    return this.#reach(() => this.#redis.setWants(gateway, channels, keepMs));
  }

  lease(
    owner: string,
    steps: readonly LeaseStep[],
    keepMs: number,
  ): Promise<readonly (Lease | null)[]> {
    return this.#reach(() => steps.map((step) => this.#redis.lease(owner, step, keepMs)));
  }

  publish(batch: PublishedBatch): Promise<readonly string[]> {
    return this.#reach(() => this.#redis.publish(batch));
  }

  readStates(channels: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#reach(() => channels.map((channel) => this.#redis.get(`v:${channel}`)));
  }

  async readEvents(afterId: string): Promise<readonly EventEntry[]> {
    const present = await this.#reach(() => this.#redis.entriesAfter(afterId));
    if (present.length > 0) return present;
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#redis.clock.after(scaleOutLimits.readBlockMs, () => end(null));
      const end = (error: Error | null): void => {
        cancel();
        this.#endRead = null;
        if (error === null) resolve();
        else reject(error);
      };
      this.#endRead = end;
    });
    return this.#reach(() => this.#redis.entriesAfter(afterId));
  }

  makeRoom(): Promise<void> {
    return this.#reach(() => undefined);
  }

  put(name: string, bytes: Uint8Array, keepMs: number): Promise<void> {
    return this.#reach(() => this.#redis.put(`k:${name}`, bytes, keepMs));
  }

  get(names: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#reach(() => names.map((name) => this.#redis.get(`k:${name}`)));
  }

  notify(topic: string, bytes: Uint8Array): Promise<number> {
    return this.#reach(() => this.#redis.notify(topic, bytes));
  }

  listen(topic: string, listener: (bytes: Uint8Array) => void): () => void {
    const listeners = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  onListenGap(listener: () => void): () => void {
    this.#gaps.add(listener);
    return () => this.#gaps.delete(listener);
  }

  append(log: string, bytes: Uint8Array): Promise<void> {
    return this.#reach(() => this.#redis.append(log, bytes));
  }

  readLog(log: string, afterId: string) {
    return this.#reach(() => this.#redis.readLog(log, afterId));
  }

  close(): Promise<void> {
    this.cut(true);
    this.#redis.ports.delete(this);
    return Promise.resolve();
  }

  #reach<Result>(run: () => Result): Promise<Result> {
    if (this.#whenMoving !== null) return this.#whenMoving.moves.then(() => this.#reach(run));
    if (this.#isCut) return Promise.reject(new RedisAwayError('cut'));
    try {
      return Promise.resolve(run());
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
