import { RESP_TYPES, createClient } from 'redis';
import { scaleOutLimits } from './scaleOutLimits.ts';
import { RedisAwayError } from './redisPort.ts';
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
      this.#setReady(false);
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
      if (isRefusal(error)) throw error;
      throw error instanceof RedisAwayError ? error : new RedisAwayError(problemOf(error));
    } finally {
      clearTimeout(cancel);
    }
  }

  async script(script: RedisScript, prefix: string, words: readonly RedisWord[]): Promise<unknown> {
    const rest = ['1', prefix, ...words];
    try {
      return await this.run(['EVALSHA', hashOf(script), ...rest], scaleOutLimits.commandTimeoutMs);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
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

/** Redis answered, and said no: trying again later changes nothing by itself. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(NOSCRIPT|ERR|RUN|WRONGTYPE|NOPERM|OOM)\b/.test(error.message);
}

/** Codes and Redis' own first word: what may hold an address, a user or a password stays out. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const word = /^(WRONGPASS|NOAUTH|NOPERM|LOADING|READONLY|OOM|MASTERDOWN)\b/.exec(error.message);
  return word?.[1] ?? error.name;
}
