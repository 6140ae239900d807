import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { HostLogEntry } from '../../engine/host.ts';
import type { TimedRevocation } from '../accounts/revocationWatch.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { GatewayPart } from '../gatewayContext.ts';
import { BeatLoop } from './beatLoop.ts';
import { LastingProblem } from './lastingProblem.ts';
import type { RedisPort } from './redisPort.ts';
import { RedisAwayError } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

/** What a gateway's access tells of revocations, and is told. */
export interface RevocableAccess {
  onOwnRevocation(listener: (revocation: TimedRevocation) => void): () => void;
  revoke(revocation: TimedRevocation): void;
}

export interface RevocationRelayOptions {
  readonly port: RedisPort;
  readonly access: RevocableAccess;
  readonly clock: GatewayClock;
  readonly log: (entry: HostLogEntry) => void;
}

const log = 'revocations';
/** Those who listen look at once; who missed that word looks all the same. */
const topic = 'revoked';
const lookMs = 400;
const soonMs = 5;
const maxWaiting = 10_000;
/** What is read again, after Redis was away, is told once. */
const maxSeen = 20_000;
const maxRead = 1_000;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const entrySchema = v.strictObject({
  from: name,
  user: name,
  family: v.nullable(name),
  time: v.pipe(v.number(), v.minValue(0)),
});

/** Revocations of all gateways, each in a log of Redis: also those made while this one was away or not running. */
export function openRevocationRelay(options: RevocationRelayOptions): GatewayPart {
  return new RevocationRelay(options);
}

class RevocationRelay implements GatewayPart {
  readonly #options: RevocationRelayOptions;
  readonly #self = randomBytes(8).toString('hex');
  readonly #unlisten: readonly (() => void)[];
  readonly #loop: BeatLoop;
  readonly #problem: LastingProblem;
  readonly #seen = new Set<string>();
  #waiting: TimedRevocation[] = [];
  #lastId = '0';
  #isMoreThere = false;

  constructor(options: RevocationRelayOptions) {
    const { port, access, clock } = options;
    this.#options = options;
    this.#problem = new LastingProblem('redis', options.log);
    this.#loop = new BeatLoop({
      ...{ clock, everyMs: lookMs, soonMs },
      beat: () => this.#look(),
      isHasty: () => this.#isMoreThere,
    });
    this.#unlisten = [
      access.onOwnRevocation((revocation) => {
        this.#waiting = [...this.#waiting, revocation].slice(-maxWaiting);
        this.#loop.soon();
      }),
      port.listen(topic, () => this.#loop.soon()),
      port.onLink((isUp) => {
        // It may be another one, whose log begins anew and whose clock is behind.
        if (isUp) this.#lastId = '0';
        this.#loop.soon();
      }),
    ];
  }

  close(): void {
    void this.#loop.close();
    for (const unlisten of this.#unlisten) unlisten();
  }

  async #look(): Promise<void> {
    const { port } = this.#options;
    this.#isMoreThere = false;
    try {
      await this.#send();
      const from = this.#lastId;
      const { lastId, entries } = await port.readLog(log, from);
      if (this.#lastId === from) this.#lastId = lastId;
      this.#isMoreThere = entries.length >= maxRead;
      for (const bytes of entries) this.#hear(bytes);
      this.#problem.over();
    } catch (error) {
      // It is looked for again, from where it was.
      if (error instanceof RedisAwayError) return;
      this.#problem.is(`revocations: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #hear(bytes: Uint8Array): void {
    const entry = parseEntry(bytes);
    if (entry === null || entry.from === this.#self) return;
    const { user, family, time } = entry;
    const key = JSON.stringify([entry.from, user, family, time]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const [oldest] = this.#seen;
    if (this.#seen.size > maxSeen && oldest !== undefined) this.#seen.delete(oldest);
    this.#options.access.revoke({ user, family, time });
  }

  async #send(): Promise<void> {
    const sent = this.#waiting;
    this.#waiting = [];
    for (const [index, revocation] of sent.entries()) {
      const text = JSON.stringify({ from: this.#self, ...revocation });
      try {
        await this.#options.port.append(
          log,
          Buffer.from(text, 'utf8'),
          scaleOutLimits.revocationKeepMs,
        );
      } catch (error) {
        this.#waiting = [...sent.slice(index), ...this.#waiting];
        throw error;
      }
    }
    if (sent.length > 0) await this.#options.port.notify(topic, new Uint8Array());
  }
}

function parseEntry(bytes: Uint8Array): v.InferOutput<typeof entrySchema> | null {
  if (bytes.length > 1_024) return null;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const parsed = v.safeParse(entrySchema, content);
  return parsed.success ? parsed.output : null;
}
