import { randomBytes } from 'node:crypto';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { MarketId } from '../../../shared/market.ts';
import { bridgeSchemaVersion } from '../../../shared/bridge.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import type { RedisAddress } from './redisAddress.ts';
import { RedisLink } from './redisLink.ts';
import type { RedisWord } from './redisLink.ts';
import type {
  Beat,
  BeatRole,
  ClusterView,
  EventEntry,
  Lease,
  LeaseStep,
  PublishedBatch,
  RedisPort,
} from './redisPort.ts';
import {
  takeBytes,
  takeEntries,
  takeList,
  takeNumber,
  takeRead,
  takeText,
  toEventEntry,
} from './redisReplies.ts';
import {
  appendScript,
  beatScript,
  leaseScript,
  leaveScript,
  publishScript,
  roomScript,
  wantsScript,
} from './redisScripts.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

export interface RedisPortOptions {
  readonly address: RedisAddress;
  readonly log: (entry: HostLogEntry) => void;
  /** Several deployments in one Redis have different ones. */
  readonly space?: string;
}

/** Processes of another schema do not understand each other, and so never meet. */
export function keyPrefix(space = ''): string {
  return `truetape${space === '' ? '' : `-${space}`}:${bridgeSchemaVersion}:`;
}

/** One that was never there is told of as well. */
const firstLookMs = 2_000;

export function openRedisPort(options: RedisPortOptions): RedisPort {
  return new NodeRedisPort(options);
}

class NodeRedisPort implements RedisPort {
  readonly #options: RedisPortOptions;
  readonly #prefix: string;
  readonly #commands: RedisLink;
  /** Waits in Redis for events, so that nothing else can use it. */
  readonly #reader: RedisLink;
  readonly #listener: RedisLink;
  readonly #linkListeners = new Set<(isUp: boolean) => void>();
  readonly #gapListeners = new Set<() => void>();
  readonly #firstLook: NodeJS.Timeout;
  /** Why it is away, as far as it was said. */
  readonly #told = new Set<string>();
  #wasUp = false;
  #wasEverUp = false;
  #isLookedFor = true;
  #isClosed = false;

  constructor(options: RedisPortOptions) {
    this.#options = options;
    this.#prefix = keyPrefix(options.space);
    const changed = (): void => this.#tellLink();
    this.#commands = new RedisLink(options.address.url, false, changed);
    this.#reader = new RedisLink(options.address.url, false, changed);
    this.#listener = new RedisLink(options.address.url, true, changed);
    this.#firstLook = setTimeout(() => {
      this.#isLookedFor = false;
      if (!this.isUp()) this.#tellAway();
    }, firstLookMs);
    let wasListening = false;
    this.#listener.client.on('ready', () => {
      if (wasListening) for (const listener of this.#gapListeners) listener();
      wasListening = true;
    });
  }

  isUp(): boolean {
    return [this.#commands, this.#reader, this.#listener].every((link) => link.isUp());
  }

  onLink(listener: (isUp: boolean) => void): () => void {
    this.#linkListeners.add(listener);
    listener(this.isUp());
    return () => this.#linkListeners.delete(listener);
  }

  async beat(beat: Beat): Promise<ClusterView> {
    const [time, run, ingesters, gateways, wantsVersion, isKnown, wants] = takeList(
      await this.#commands.script(beatScript, this.#prefix, [
        beat.role,
        beat.id,
        beat.record,
        String(beat.keepMs),
        beat.wantsVersion,
        randomBytes(6).toString('hex'),
      ]),
    );
    const pairs = takeList(ingesters).map(takeText);
    const records = new Map<string, string>();
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      records.set(pairs[at] ?? '', pairs[at + 1] ?? '');
    }
    return {
      time: takeNumber(time),
      run: takeText(run),
      ingesters: records,
      gateways: takeNumber(gateways),
      wantsVersion: takeText(wantsVersion),
      hasWants: takeNumber(isKnown) === 1,
      wants: wants === null || wants === undefined ? null : unionOf(takeList(wants).map(takeText)),
    };
  }

  async leave(role: BeatRole, id: string): Promise<void> {
    await this.#commands.script(leaveScript, this.#prefix, [role, id]);
  }

  async setWants(gateway: string, channels: readonly ChannelId[], keepMs: number): Promise<void> {
    const text = channels.join('\n');
    await this.#commands.script(wantsScript, this.#prefix, [gateway, text, String(keepMs)]);
  }

  async lease(
    owner: string,
    steps: readonly LeaseStep[],
    keepMs: number,
  ): Promise<readonly (Lease | null)[]> {
    if (steps.length === 0) return [];
    const words = steps.flatMap((step) => [
      step.type,
      step.market,
      'fence' in step ? String(step.fence) : '0',
    ]);
    const reply = await this.#commands.script(leaseScript, this.#prefix, [
      owner,
      String(keepMs),
      ...words,
    ]);
    return takeList(reply).map((held) => parseLease(takeText(held)));
  }

  async publish({ owner, run, number, markets }: PublishedBatch): Promise<readonly MarketId[]> {
    const words: RedisWord[] = [
      owner,
      run,
      String(number),
      String(gatewayLimits.retentionMs),
      String(scaleOutLimits.stateKeepMs),
      String(scaleOutLimits.maxEntries),
    ];
    for (const { market, fence, eventCount, gapCount, events, states } of markets) {
      words.push(market, String(fence), String(eventCount), String(gapCount), events ?? '');
      words.push(String(states.length));
      for (const { channel, bytes } of states) words.push(channel, bytes);
    }
    const reply = await this.#commands.script(publishScript, this.#prefix, words);
    return takeList(reply).map(takeText);
  }

  async readStates(channels: readonly ChannelId[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#getAll(channels.map((channel) => `v:${channel}`));
  }

  async readEvents(afterId: string): Promise<readonly EventEntry[]> {
    const { readCount, readBlockMs, commandTimeoutMs } = scaleOutLimits;
    const words = ['XREAD', 'COUNT', String(readCount), 'BLOCK', String(readBlockMs), 'STREAMS'];
    const reply = await this.#reader.run(
      [...words, `${this.#prefix}events`, afterId],
      readBlockMs + commandTimeoutMs,
    );
    return takeRead(reply).map(toEventEntry);
  }

  async makeRoom(): Promise<void> {
    await this.#commands.script(roomScript, this.#prefix, []);
  }

  async put(name: string, bytes: Uint8Array, keepMs: number): Promise<void> {
    await this.#run(['SET', `${this.#prefix}k:${name}`, bytes, 'PX', String(keepMs)]);
  }

  async get(names: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#getAll(names.map((name) => `k:${name}`));
  }

  async notify(topic: string, bytes: Uint8Array): Promise<number> {
    return takeNumber(await this.#run(['PUBLISH', `${this.#prefix}t:${topic}`, bytes]));
  }

  listen(topic: string, listener: (bytes: Uint8Array) => void): () => void {
    const channel = `${this.#prefix}t:${topic}`;
    const heard = (bytes: Buffer): void => listener(bytes);
    const failed = (): void => {
      if (!this.#isClosed) this.#log('warning', `could not listen: ${this.#listener.problem}`);
    };
    this.#listener.client.subscribe(channel, heard, true).catch(failed);
    return () => {
      if (this.#isClosed) return;
      this.#listener.client.unsubscribe(channel, heard, true).catch(failed);
    };
  }

  onListenGap(listener: () => void): () => void {
    this.#gapListeners.add(listener);
    return () => this.#gapListeners.delete(listener);
  }

  async append(log: string, bytes: Uint8Array, keepMs: number): Promise<void> {
    const key = `${this.#prefix}l:${log}`;
    await this.#commands.script(appendScript, key, [bytes, String(keepMs)]);
  }

  async readLog(
    log: string,
    afterId: string,
  ): Promise<{ readonly lastId: string; readonly entries: readonly Uint8Array[] }> {
    const key = `${this.#prefix}l:${log}`;
    if (afterId === '$') {
      const [last] = takeEntries(await this.#run(['XREVRANGE', key, '+', '-', 'COUNT', '1']));
      return { lastId: last?.id ?? '0', entries: [] };
    }
    const after = afterId === '0' ? '-' : `(${afterId}`;
    const entries = takeEntries(await this.#run(['XRANGE', key, after, '+', 'COUNT', '1000']));
    return {
      lastId: entries.at(-1)?.id ?? afterId,
      entries: entries.flatMap(({ fields }) => fields.map(({ bytes }) => bytes)),
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#firstLook);
    this.#linkListeners.clear();
    this.#gapListeners.clear();
    this.#commands.close();
    this.#reader.close();
    this.#listener.close();
    await Promise.resolve();
  }

  #run(words: readonly RedisWord[]): Promise<unknown> {
    return this.#commands.run(words, scaleOutLimits.commandTimeoutMs);
  }

  async #getAll(names: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    if (names.length === 0) return [];
    return takeList(await this.#run(['MGET', ...names.map((name) => this.#prefix + name)])).map(
      takeBytes,
    );
  }

  #tellLink(): void {
    const isUp = this.isUp();
    if (this.#isClosed) return;
    if (isUp === this.#wasUp) {
      if (!isUp && !this.#isLookedFor) this.#tellAway();
      return;
    }
    this.#wasUp = isUp;
    this.#wasEverUp = true;
    this.#isLookedFor = false;
    if (isUp) {
      this.#told.clear();
      this.#log('info', `Redis at ${this.#options.address.shown} answers`);
    } else this.#tellAway();
    for (const listener of this.#linkListeners) listener(isUp);
  }

  /** Each reason once: it may be another one than at first. */
  #tellAway(): void {
    const { address } = this.#options;
    const links = [this.#commands, this.#reader, this.#listener];
    const problem = links.find((link) => !link.isUp())?.problem ?? 'unknown';
    if (this.#told.has(problem)) return;
    this.#told.add(problem);
    const advice = adviceOf(problem) ?? (this.#wasEverUp ? '' : schemeAdvice(problem, address));
    this.#log('warning', `Redis at ${address.shown} is away: ${problem}${advice}`);
  }

  #log(level: HostLogEntry['level'], text: string): void {
    this.#options.log({ level, scope: 'redis', text });
  }
}

const unknownAuthority =
  '. No authority that this machine trusts has signed its certificate: name the file of yours in NODE_EXTRA_CA_CERTS';

/** What waiting does not mend. */
const adviceByProblem: Readonly<Record<string, string>> = {
  NOAUTH: '. It asks for a password: set TRUETAPE_REDIS_PASSWORD',
  WRONGPASS:
    '. It does not take this user and password: see TRUETAPE_REDIS_PASSWORD and the address',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_HAS_EXPIRED: '. Its certificate has run out: renew it',
  ERR_TLS_CERT_ALTNAME_INVALID:
    '. Its certificate is for another name: give the address by the name that stands in it',
};

function adviceOf(problem: string): string | null {
  return adviceByProblem[problem] ?? null;
}

/** Who speaks TLS to one who does not, or the other way round, is cut off or waits for ever. */
function schemeAdvice(problem: string, { isEncrypted }: RedisAddress): string {
  const isCut = /^(ECONNRESET|EPROTO|ERR_SSL_|it closed)/.test(problem);
  if (isEncrypted && (isCut || problem === 'no connection in time')) {
    return '. If it speaks no TLS, its address begins with redis://';
  }
  return isCut && !isEncrypted ? '. If it speaks TLS, its address begins with rediss://' : '';
}

function unionOf(lists: readonly string[]): readonly ChannelId[] {
  const union = new Set<ChannelId>();
  for (const list of lists) for (const channel of list.split('\n')) union.add(channel);
  union.delete('');
  return [...union];
}

function parseLease(text: string): Lease | null {
  const [owner = '', fenceText = '', ageText = ''] = text.split(' ');
  const [fence, ageMs] = [Number(fenceText), Number(ageText)];
  const isOne = owner !== '' && Number.isSafeInteger(fence) && fence > 0 && Number.isFinite(ageMs);
  return isOne ? { owner, fence, ageMs } : null;
}
