import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import type { ServerMessage, WireUpdate } from '../../src/shared/gateway/wire.ts';
import { isEventUpdate } from '../../src/client/wireKinds.ts';
import { RedisServer } from '../main/gateway/redis/support/redisServer.ts';
import { Random } from '../shared/randomValues.ts';
import { linkKinds, openLink } from './gatewayChaosLinks.ts';
import type { Link, LinkKind } from './gatewayChaosLinks.ts';
import { Dialer } from './gatewayChaosNet.ts';

export interface RealChaosOptions {
  readonly seed: number;
  readonly clients: number;
  readonly outageSec: number;
  readonly pauseSec: number;
  say(line: string): void;
}

const program = join(import.meta.dirname, '..', '..', 'out', 'main', 'cli.js');
const channels = ['trades.BTC-USDT', 'trades.ETH-USDT', 'price.BTC-USDT', 'gaps'];
const leaseLimitMs = 5_000;
/** By then whoever is connected has been told that Redis is away. */
const toldMs = 5_000;

interface Served {
  readonly child: ChildProcess;
  readonly port: number;
  readonly key: string;
}

interface RealWorld {
  readonly random: Random;
  gateway(): Served;
  complain(problem: string): void;
}

/** Holds its events to their own sequences: there is nobody else to know them. */
class RealClient {
  readonly name: string;
  readonly kind: LinkKind;
  events = 0;
  resyncs = 0;
  reconnects = 0;
  lastHeardMs = 0;
  isStalled = false;
  #world: RealWorld;
  #served: Served | null = null;
  #link: Link | null = null;
  #cursor: string | null = null;
  #isClosed = false;
  #price: Extract<WireUpdate, { readonly type: 'price_update' }> | null = null;
  readonly #places = new Map<string, { epoch: string; seq: number } | null>();
  readonly #dialer: Dialer<Socket>;

  constructor(name: string, kind: LinkKind, world: RealWorld) {
    this.name = name;
    this.kind = kind;
    this.#world = world;
    this.#dialer = new Dialer<Socket>(() => {
      const socket = connect(this.#served?.port ?? 0, '127.0.0.1');
      socket.on('error', () => undefined);
      return socket;
    });
    this.#connect();
  }

  get isLive(): boolean {
    return this.#price?.status === 'live' || this.#price?.status === 'single';
  }

  get isConnected(): boolean {
    return this.#link !== null;
  }

  stall(isStalled: boolean): void {
    this.isStalled = isStalled;
    for (const socket of this.#dialer.connections) {
      if (isStalled) socket.pause();
      else socket.resume();
    }
  }

  cut(): void {
    for (const socket of this.#dialer.connections) socket.destroy();
  }

  close(): void {
    this.#isClosed = true;
    this.#link?.close();
    this.cut();
  }

  #connect(): void {
    if (this.#isClosed) return;
    this.#served = this.#world.gateway();
    const { port, key } = this.#served;
    this.#link = openLink(this.kind, {
      agent: this.#dialer,
      origin: `http://127.0.0.1:${port}`,
      ...{ token: key, channels, cursor: this.#cursor, rate: 5 },
      onMessage: (message) => this.#take(message),
      onCursor: (cursor) => {
        this.#cursor = cursor;
      },
      onEnd: () => {
        this.#link = null;
        this.#price = null;
        this.reconnects += 1;
        setTimeout(() => this.#connect(), 500 + this.#world.random.below(2_000));
      },
    });
  }

  #take(message: ServerMessage): void {
    if (message.type === 'resync') {
      this.resyncs += 1;
      for (const channel of message.channels ?? channels) this.#places.set(channel, null);
    } else if (message.type === 'updates') {
      for (const update of message.updates) this.#hear(update);
    } else if (message.type === 'subscribed' && message.rejected.length > 0) {
      const [first] = message.rejected;
      this.#world.complain(`${this.name} (${this.kind}): ${first?.channel} refused ${first?.code}`);
    }
  }

  #hear(update: WireUpdate): void {
    this.lastHeardMs = performance.now();
    if (update.type === 'price_update') this.#price = update;
    if (!isEventUpdate(update)) return;
    this.events += 1;
    const { channel, epoch, seq } = update;
    const place = this.#places.get(channel) ?? null;
    this.#places.set(channel, { epoch, seq });
    if (place === null || (place.epoch === epoch && seq === place.seq + 1)) return;
    const what = place.epoch === epoch ? (seq <= place.seq ? 'doubled' : 'lost') : 'unmarked epoch';
    this.#world.complain(
      `${this.name} (${this.kind}): ${what} on ${channel}: ${seq} of ${epoch} after ${place.seq} of ${place.epoch}`,
    );
  }
}

/** Processes of their own over a Redis of their own, and what becomes of their clients. */
export async function runRealChaos(options: RealChaosOptions): Promise<readonly string[]> {
  const run = new RealChaos(options);
  try {
    await run.play();
  } finally {
    await run.close();
  }
  return run.problems;
}

class RealChaos implements RealWorld {
  readonly problems: string[] = [];
  readonly random: Random;
  readonly #options: RealChaosOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'truetape-chaos-'));
  readonly #children: ChildProcess[] = [];
  #ingesters: ChildProcess[] = [];
  #gateways: Served[] = [];
  #clients: RealClient[] = [];
  #redis: RedisServer | null = null;

  constructor(options: RealChaosOptions) {
    this.#options = options;
    this.random = new Random(options.seed);
  }

  gateway(): Served {
    return this.random.of(this.#gateways);
  }

  complain(problem: string): void {
    if (this.problems.length < 20) this.problems.push(problem);
  }

  async play(): Promise<void> {
    const { say, clients, outageSec, pauseSec } = this.#options;
    this.#redis = await RedisServer.start();
    this.#ingesters = [this.#startIngester(), this.#startIngester()];
    this.#gateways = [await this.#startGateway(), await this.#startGateway()];
    await this.#until(() => this.#hasMarkets(), 30_000, 'the markets');
    this.#clients = Array.from(
      { length: clients },
      (_, at) => new RealClient(`c${at}`, linkKinds[at % linkKinds.length] ?? 'websocket', this),
    );
    await this.#allHear('at the start', 20_000 + clients * 200);
    say(`${clients} clients at 2 gateways hear 2 ingesters`);
    await this.#stallSome();
    await this.#cutSome();
    await this.#killIngester();
    await this.#killGateway();
    await this.#stopRedis(outageSec);
    await this.#pauseGateway(pauseSec);
    const sum = (of: (client: RealClient) => number): number =>
      this.#clients.reduce((total, client) => total + of(client), 0);
    const totals = [sum((each) => each.events), sum((each) => each.resyncs)];
    say(
      `heard ${totals[0]} events, ${totals[1]} marked gaps, ${sum((each) => each.reconnects)} reconnects`,
    );
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const child of this.#children) child.kill('SIGKILL');
    await this.#redis?.close();
    await sleep(200);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #stallSome(): Promise<void> {
    const stalled = this.#clients.slice(0, Math.max(1, Math.round(this.#clients.length / 10)));
    for (const client of stalled) client.stall(true);
    await sleep(15_000);
    this.#expectFresh('while some do not read', (client) => !client.isStalled);
    for (const client of stalled) client.stall(false);
    await this.#allHear('after they read again', 20_000);
    this.#options.say(`${stalled.length} clients did not read for 15 s: the others had all`);
  }

  async #cutSome(): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      for (const client of this.#clients) if (this.random.chance(0.1)) client.cut();
      await sleep(1_000);
    }
    await this.#allHear('after cuts', 20_000);
    this.#options.say('clients were cut at random, and came back at either gateway');
  }

  async #killIngester(): Promise<void> {
    const before = await this.#owners();
    const [killed, other] = this.#ingesters;
    if (killed === undefined || other === undefined) return;
    killed.kill('SIGKILL');
    const killedMs = performance.now();
    let moved = before;
    // Whose leases they were shows when they end.
    await sleep(500);
    for (;;) {
      const now = await this.#owners();
      const [owner] = now.values();
      const isOne = new Set(now.values()).size === 1 && now.size === before.size;
      moved = now;
      if ((isOne && owner !== undefined) || performance.now() - killedMs > 20_000) break;
      await sleep(50);
    }
    const tookMs = Math.round(performance.now() - killedMs);
    if (tookMs > leaseLimitMs) this.complain(`leases moved after ${tookMs} ms`);
    this.#options.say(`an ingester was killed: ${moved.size} leases moved within ${tookMs} ms`);
    await this.#allHear('after an ingester was killed', 25_000);
    this.#ingesters = [other, this.#startIngester()];
  }

  async #killGateway(): Promise<void> {
    const [killed, other] = this.#gateways;
    if (killed === undefined || other === undefined) return;
    this.#gateways = [other];
    killed.child.kill('SIGKILL');
    await this.#allHear('after a gateway was killed', 40_000);
    this.#gateways = [other, await this.#startGateway()];
    this.#options.say('a gateway was killed: its clients go on at the other');
  }

  async #stopRedis(forSec: number): Promise<void> {
    await this.#redis?.stop();
    await sleep(toldMs);
    const showing = this.#clients.filter((client) => client.isConnected && client.isLive);
    for (const { name, kind } of showing) this.complain(`${name} (${kind}) shows a price as live`);
    await sleep(Math.max(0, forSec * 1_000 - toldMs));
    const before = this.#clients.map(({ resyncs }) => resyncs);
    await this.#redis?.start();
    await this.#allHear('after Redis came back', 40_000);
    for (const [at, { name, resyncs, kind }] of this.#clients.entries()) {
      if (resyncs === before[at])
        this.complain(`${name} (${kind}) has no gap after Redis began anew`);
    }
    this.#options.say(`Redis was gone for ${forSec} s and came back empty: marked, and data again`);
  }

  async #pauseGateway(forSec: number): Promise<void> {
    const [paused] = this.#gateways;
    paused?.child.kill('SIGSTOP');
    await sleep(forSec * 1_000);
    paused?.child.kill('SIGCONT');
    await this.#allHear('after a gateway stood still', 40_000);
    this.#options.say(`a gateway stood still for ${forSec} s, and went on`);
  }

  /** Everyone hears something new, and what it shows is live. */
  async #allHear(when: string, limitMs: number): Promise<void> {
    const sinceMs = performance.now();
    const isBack = (client: RealClient): boolean => client.lastHeardMs > sinceMs && client.isLive;
    await this.#until(() => Promise.resolve(this.#clients.every(isBack)), limitMs, when);
    for (const client of this.#clients) {
      if (!isBack(client)) this.complain(`${client.name} (${client.kind}) hears nothing ${when}`);
    }
  }

  #expectFresh(when: string, isMeant: (client: RealClient) => boolean): void {
    for (const client of this.#clients.filter(isMeant)) {
      const ageMs = Math.round(performance.now() - client.lastHeardMs);
      if (ageMs > 3_000) this.complain(`${client.name} heard nothing for ${ageMs} ms ${when}`);
    }
  }

  async #until(isSo: () => Promise<boolean>, limitMs: number, what: string): Promise<void> {
    const endMs = performance.now() + limitMs;
    while (performance.now() < endMs) {
      if (await isSo()) return;
      await sleep(100);
    }
    this.complain(`it did not come: ${what}`);
  }

  async #hasMarkets(): Promise<boolean> {
    for (const { port, key } of this.#gateways) {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await fetch(`http://127.0.0.1:${port}/api/markets?search=BTCUSDT`, {
        headers,
      });
      if (!(await answer.text()).includes('BTC-USDT')) return false;
    }
    return true;
  }

  async #owners(): Promise<ReadonlyMap<string, string>> {
    const client = createClient({ url: this.#redis?.url ?? '' });
    await client.connect();
    const owners = new Map<string, string>();
    for (const key of await client.keys('truetape:*:lease:*')) {
      const [owner] = ((await client.get(key)) ?? '').split(' ');
      if (owner !== undefined && owner !== '') owners.set(key, owner);
    }
    await client.close();
    return owners;
  }

  #spawn(args: readonly string[]): ChildProcess {
    const profile = mkdtempSync(join(this.#folder, 'profile-'));
    const all = [program, ...args, '--redis', this.#redis?.url ?? '', '--profile', profile];
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#children.push(child);
    return child;
  }

  #startIngester(): ChildProcess {
    const child = this.#spawn(['ingest', '--market', 'simulated']);
    child.stdout?.resume();
    return child;
  }

  #startGateway(): Promise<Served> {
    const child = this.#spawn(['gateway', '--no-ingest', '--port', '0', '--no-open']);
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        const [, port, key] = /http:\/\/127\.0\.0\.1:(\d+)\/#key=([\w-]+)/.exec(text) ?? [];
        if (port !== undefined && key !== undefined) resolve({ child, port: Number(port), key });
      });
      child.once('exit', () => reject(new Error(`a gateway did not start: ${text}`)));
    });
  }
}
