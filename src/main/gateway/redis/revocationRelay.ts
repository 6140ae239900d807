import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { HostLogEntry } from '../../engine/host.ts';
import type { TimedRevocation } from '../accounts/revocationWatch.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { GatewayPart } from '../gatewayContext.ts';
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
/** A live stream ends within a second of its revocation, at whatever gateway. */
const lookMs = 400;
const maxWaiting = 10_000;

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
  readonly #unlisten: () => void;
  #waiting: TimedRevocation[] = [];
  #lastId = '0';
  #cancel: () => void;
  #isClosed = false;

  constructor(options: RevocationRelayOptions) {
    this.#options = options;
    this.#unlisten = options.access.onOwnRevocation((revocation) => {
      this.#waiting = [...this.#waiting, revocation].slice(-maxWaiting);
      void this.#send();
    });
    this.#cancel = options.clock.after(0, () => void this.#look());
  }

  close(): void {
    this.#isClosed = true;
    this.#unlisten();
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { port, access, clock } = this.#options;
    try {
      await this.#send();
      const { lastId, entries } = await port.readLog(log, this.#lastId);
      this.#lastId = lastId;
      for (const bytes of entries) {
        const entry = parseEntry(bytes);
        if (entry === null || entry.from === this.#self) continue;
        access.revoke({ user: entry.user, family: entry.family, time: entry.time });
      }
    } catch (error) {
      // It is looked for again, from where it was.
      if (!(error instanceof RedisAwayError)) this.#complain(error);
    }
    if (!this.#isClosed) this.#cancel = clock.after(lookMs, () => void this.#look());
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
        if (!(error instanceof RedisAwayError)) this.#complain(error);
        return;
      }
    }
  }

  #complain(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#options.log({ level: 'error', scope: 'redis', text: `revocations: ${text}` });
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
