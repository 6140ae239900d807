import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { RedisServer } from '../main/gateway/redis/support/redisServer.ts';
import { Random } from '../shared/randomValues.ts';
import { RealClient } from './gatewayChaosRealClient.ts';
import type { RealWorld, Served } from './gatewayChaosRealClient.ts';

export interface RealChaosOptions {
  readonly seed: number;
  readonly clients: number;
  readonly outageSec: number;
  readonly pauseSec: number;
  say(line: string): void;
}

/** From source: what is tested is what is there. */
const program = join(import.meta.dirname, '..', '..', 'src', 'main', 'cli.ts');
const leaseLimitMs = 5_000;
/** By then whoever is connected has been told that Redis is away. */
const toldMs = 5_000;
/** Something comes several times a second; a machine that is busy with others gives some seconds to none. */
const lateMs = 5_000;

/** Of one event channel of one client in one phase. */
interface Allowed {
  readonly least: number;
  readonly most: number;
}

const none: Allowed = { least: 0, most: 0 };
const atMostOne: Allowed = { least: 0, most: 1 };
const exactlyOne: Allowed = { least: 1, most: 1 };

interface ServedProcess extends Served {
  readonly child: ChildProcess;
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
  #gateways: ServedProcess[] = [];
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
    await this.#open(clients);
    say(`${clients} clients at 2 gateways hear 2 ingesters; ${this.#loads()}`);
    await this.#phase('while a tenth did not read', none, () => this.#stallSome());
    await this.#phase('after cuts', none, () => this.#cutSome());
    await this.#phase('after an ingester was killed', atMostOne, () => this.#killIngester());
    await this.#phase('after another one came', atMostOne, () => this.#replaceIngester());
    await this.#phase('after a gateway was killed', none, () => this.#killGateway());
    await this.#phase('after Redis began anew', exactlyOne, () => this.#stopRedis(outageSec));
    await this.#phase('after a gateway stood still', none, () => this.#pauseGateway(pauseSec));
    const sum = (of: (client: RealClient) => number): number =>
      this.#clients.reduce((total, client) => total + of(client), 0);
    say(
      `${sum(({ events }) => events)} events heard, ${sum(({ lost }) => lost)} lost, ${sum(({ doubled }) => doubled)} doubled, ` +
        `${sum(({ resyncs }) => resyncs)} gaps marked, ${sum(({ reconnects }) => reconnects)} reconnects; ${this.#loads()}`,
    );
  }

  async #open(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      this.#clients.push(new RealClient(number, this));
      // As people come: all in one moment would be another test.
      if (number % 20 === 19) await sleep(200);
    }
    await this.#allHear('at the start', 20_000);
    this.#takeGaps();
  }

  /** Each event channel of each client has as many gaps as there may be. */
  async #phase(when: string, allowed: Allowed, play: () => Promise<void>): Promise<void> {
    await play();
    let wrong = 0;
    for (const [client, gaps] of this.#takeGaps()) {
      for (const [channel, count] of gaps) {
        if (count >= allowed.least && count <= allowed.most) continue;
        wrong += 1;
        const who = `${client.name} (${client.kind})`;
        if (wrong <= 3) this.complain(`${who}: ${count} gaps on ${channel} ${when}`);
      }
    }
    if (wrong > 3) this.complain(`${wrong} channels have a wrong number of gaps ${when}`);
  }

  #takeGaps() {
    return this.#clients.map((client) => [client, client.takeGaps()] as const);
  }

  #loads(): string {
    return `load average ${loadavg()[0]?.toFixed(1)}`;
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
    this.#ingesters = [other];
  }

  async #replaceIngester(): Promise<void> {
    this.#ingesters = [...this.#ingesters, this.#startIngester()];
    const areShared = async (): Promise<boolean> =>
      new Set((await this.#owners()).values()).size > 1;
    // Its engine starts, and a simulated market with it.
    await this.#until(areShared, 120_000, 'a share of the ingester that came');
    await sleep(3_000);
    await this.#allHear('after another ingester came', 25_000);
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
    for (const { name, kind } of showing.slice(0, 3)) {
      this.complain(`${name} (${kind}) shows a price as live while Redis is away`);
    }
    await sleep(Math.max(0, forSec * 1_000 - toldMs));
    await this.#redis?.start();
    await this.#allHear('after Redis came back', 40_000);
    // Long enough for leases to move once more, if they did.
    await sleep(12_000);
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
    const patienceMs = limitMs + this.#clients.length * 40;
    const isBack = (client: RealClient): boolean => client.lastHeardMs > sinceMs && client.isLive;
    await this.#until(() => Promise.resolve(this.#clients.every(isBack)), patienceMs, when);
    const lost = this.#clients.filter((client) => !isBack(client));
    for (const { name, kind } of lost.slice(0, 3))
      this.complain(`${name} (${kind}) hears nothing ${when}`);
  }

  #expectFresh(when: string, isMeant: (client: RealClient) => boolean): void {
    const ages = this.#clients
      .filter(isMeant)
      .map(({ lastHeardMs }) => Math.round(performance.now() - lastHeardMs));
    const late = ages.filter((ageMs) => ageMs > lateMs);
    if (late.length === 0) return;
    this.complain(`${late.length} heard nothing for up to ${Math.max(...late)} ms ${when}`);
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
    // One that was killed has no code.
    child.once('exit', (code) => {
      if (code !== null) this.complain(`${args[0]} ended by itself with ${code}`);
    });
    return child;
  }

  #startIngester(): ChildProcess {
    const child = this.#spawn(['ingest', '--market', 'simulated']);
    child.stdout?.resume();
    return child;
  }

  #startGateway(): Promise<ServedProcess> {
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
