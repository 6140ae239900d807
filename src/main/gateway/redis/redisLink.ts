import { RESP_TYPES, createClient } from 'redis';
import { scaleOutLimits } from './scaleOutLimits.ts';
import { RedisAwayError, RedisRefusedError } from './redisPort.ts';
import type { RedisScript } from './redisScripts.ts';
import { createHash } from 'node:crypto';

export type RedisClient = ReturnType<typeof createRedisClient>;

/** `waits`: what is asked while Redis is away waits for it; otherwise it is refused at once. */
export function createRedisClient(url: string, waits: boolean) {
  return createClient({
    url,
    RESP: 2,
    disableOfflineQueue: !waits,
    maintNotifications: 'disabled',
    pingInterval: 2_000,
    commandsQueueMaxLength: 100_000,
    socket: {
      connectTimeout: 3_000,
      keepAlive: true,
      reconnectStrategy: (retries) =>
        Math.min(50 * 2 ** Math.min(retries, 6), 2_000) + Math.floor(Math.random() * 100),
    },
  });
}

export type RedisWord = string | Uint8Array;

const asBuffers = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as const;

/** One connection that says whether it answers. */
export class RedisLink {
  readonly client: RedisClient;
  readonly #onChange: () => void;
  #isReady = false;
  #isHung = false;
  #isClosed = false;
  /** Of the last failure, without anything that names the address. */
  problem = 'not connected yet';

  constructor(url: string, waits: boolean, onChange: () => void) {
    this.#onChange = onChange;
    this.client = createRedisClient(url, waits);
    this.client.on('error', (error: unknown) => {
      this.problem = problemOf(error);
      if (this.#isReady) this.#setReady(false);
      else this.#onChange();
    });
    this.client.on('reconnecting', () => this.#setReady(false));
    this.client.on('end', () => this.#setReady(false));
    this.client.on('ready', () => this.#setReady(true));
    // It goes on trying by itself; why it fails is told by `error`.
    this.client.connect().catch((error: unknown) => {
      this.problem = problemOf(error);
    });
  }

  isUp(): boolean {
    return this.#isReady && !this.#isHung && !this.#isClosed;
  }

  async run(words: readonly RedisWord[], limitMs: number): Promise<unknown> {
    if (!this.#isReady || this.#isClosed) throw new RedisAwayError(this.problem);
    let cancel: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = setTimeout(() => {
        this.problem = `no answer within ${limitMs} ms`;
        this.#setHung(true);
        reject(new RedisAwayError(this.problem));
      }, limitMs);
    });
    try {
      const answer = this.client.sendCommand(words.map(toArgument), asBuffers);
      const reply: unknown = await Promise.race([answer, late]);
      this.#setHung(false);
      return reply;
    } catch (error) {
      throw error instanceof RedisAwayError ? error : toPortError(error);
    } finally {
      clearTimeout(cancel);
    }
  }

  /** `key`: of what the script is about, mostly the beginning of all its keys. */
  async script(script: RedisScript, key: string, words: readonly RedisWord[]): Promise<unknown> {
    const rest = ['1', key, ...words];
    try {
      return await this.run(['EVALSHA', hashOf(script), ...rest], scaleOutLimits.commandTimeoutMs);
    } catch (error) {
      if (!(error instanceof RedisRefusedError) || error.code !== 'NOSCRIPT') throw error;
      return this.run(['EVAL', script.source, ...rest], scaleOutLimits.commandTimeoutMs);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.client.destroy();
  }

  #setReady(isReady: boolean): void {
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    this.#isHung = false;
    this.#onChange();
  }

  #setHung(isHung: boolean): void {
    if (isHung === this.#isHung) return;
    this.#isHung = isHung;
    this.#onChange();
  }
}

function toArgument(word: RedisWord): string | Buffer {
  return typeof word === 'string' ? word : Buffer.from(word.buffer, word.byteOffset, word.length);
}

const hashes = new WeakMap<RedisScript, string>();

function hashOf(script: RedisScript): string {
  const known = hashes.get(script);
  if (known !== undefined) return known;
  const hash = createHash('sha1').update(script.source).digest('hex');
  hashes.set(script, hash);
  return hash;
}

/** What a person can do about what Redis refuses. */
const refusals: Readonly<Record<string, string>> = {
  NOSCRIPT: 'NOSCRIPT',
  RUN: 'Redis lost what it held (RUN): its log begins anew.',
  OOM: 'Redis is full (OOM): it takes nothing more. Raise its maxmemory; the oldest events make room meanwhile.',
  NOPERM:
    'Redis does not let this user do what is needed (NOPERM). Give it the rights that docs/operations.md names.',
  READONLY:
    'This Redis is a replica and takes nothing (READONLY). Give the address of its primary: --redis URL.',
  MISCONF:
    'Redis takes nothing because it cannot write to its disk (MISCONF). Nothing of this needs one: set save "".',
  WRONGTYPE:
    'Another program uses this Redis under the same names (WRONGTYPE). Choose others: --redis-space NAME.',
};

/** Redis' own words may name the user: they go no further. */
function toPortError(error: unknown): Error {
  const text = error instanceof Error ? error.message : '';
  // Of a script that may not do a part of what it does.
  const isForbidden = /user executing the script can't/.test(text);
  const code = isForbidden ? 'NOPERM' : (/^([A-Z]+)\b/.exec(text)?.[1] ?? '');
  const known = refusals[code];
  if (known !== undefined) return new RedisRefusedError(code, known);
  if (code === 'ERR') return new RedisRefusedError(code, `Redis refused a command: ${text}`);
  return new RedisAwayError(problemOf(error));
}

/** Codes and Redis' own first word: what may hold an address, a user or a password stays out. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const { message, name } = error;
  if (message === 'Connection timeout') return 'no connection in time';
  if (message.startsWith('Socket closed')) return 'it closed the connection';
  const word = /^(WRONGPASS|NOAUTH|NOPERM|LOADING|READONLY|OOM|MASTERDOWN)\b/.exec(message);
  return word?.[1] ?? name;
}
