import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cutTo } from '../credentials.ts';
import type { CoreEffect, CoreInput } from '../inputs.ts';
import type { Redactor } from './redact.ts';

/** Two files of this size at most: the one that is written, and the one before. */
export const mostFileBytes = 2 * 1_048_576;
const flushBytes = 65_536;
/** Between two flushes; more is counted instead of kept. */
const mostWaitingBytes = 524_288;
const longest = 400;
const folderName = 'debug';
const fileName = 'debug.log';
const olderName = 'debug.old.log';

export const debugCategories = [
  'connection',
  'message',
  'subscription',
  'error',
  'performance',
] as const;
export type DebugCategory = (typeof debugCategories)[number];

/** Frames of a connection between two that are written down. */
const sampleEvery = 500;

export interface DebugLogOptions {
  /** Null: nothing is kept on disk in this run, so nothing is written. */
  readonly profile: string | null;
  readonly redactor: Redactor;
  readonly wallMs: () => number;
  /** Told once when the files cannot be written. */
  readonly onFailure: (reason: string) => void;
}

/**
 * What happens between us and the venues, for whoever looks for a fault: off unless switched on. Of messages only what they
 * are, how large and how many; never a frame's content.
 */
export class DebugLog {
  private readonly options: DebugLogOptions;
  private readonly framesByConnection = new Map<string, number>();
  private waiting: string[] = [];
  private waitingBytes = 0;
  private dropped = 0;
  private on = false;
  private hasFailed = false;

  constructor(options: DebugLogOptions) {
    this.options = options;
  }

  get isOn(): boolean {
    return this.on;
  }

  switchTo(on: boolean): void {
    if (on === this.on || (on && this.options.profile === null)) return;
    if (on) {
      this.on = true;
      this.hasFailed = false;
      this.write('performance', 'debug log on');
    } else {
      this.write('performance', 'debug log off');
      this.flush();
      this.on = false;
    }
  }

  write(category: DebugCategory, text: string): void {
    if (!this.on) return;
    const clean = cutTo(this.options.redactor.text(text), longest).replace(unseen, ' ');
    const line = `${new Date(this.options.wallMs()).toISOString()} ${category} ${clean}\n`;
    if (this.waitingBytes + line.length > mostWaitingBytes) {
      this.dropped += 1;
      return;
    }
    this.waiting.push(line);
    this.waitingBytes += line.length;
    if (this.waitingBytes >= flushBytes) this.flush();
  }

  onInput(input: CoreInput): void {
    if (!this.on) return;
    switch (input.type) {
      case 'frame':
        this.sample(input.connection, input.text);
        return;
      case 'opened':
        this.write('connection', `${input.connection} opened, socket ${input.generation}`);
        return;
      case 'closed':
        this.write('connection', `${input.connection} closed ${input.code} ${input.reason}`);
        return;
      case 'attemptScheduled': {
        const { connection, delayMs, frozen } = input;
        const why = frozen === null ? '' : `, ${frozen}`;
        this.write('connection', `${connection} tries again in ${Math.round(delayMs)} ms${why}`);
        return;
      }
      case 'restAnswered': {
        const { requestId, status, body, elapsedMs } = input;
        const size = `${body.length} characters in ${Math.round(elapsedMs)} ms`;
        this.write('message', `answer ${requestId}: status ${status}, ${size}`);
        return;
      }
      case 'restFailed':
        this.write('error', `request ${input.requestId} failed: ${input.reason}`);
        return;
      case 'pinged':
      case 'command':
      case 'tick':
        return;
      default:
        input satisfies never;
    }
  }

  onEffect(effect: CoreEffect): void {
    if (!this.on) return;
    switch (effect.type) {
      case 'connect':
        this.write('connection', `${effect.connection} connects, socket ${effect.generation}`);
        return;
      case 'terminate':
        this.write('connection', `${effect.connection} ended by us: ${effect.reason}`);
        return;
      case 'send':
        if (effect.purpose === 'subscription') {
          this.write('subscription', `${effect.connection} sent ${effect.text}`);
        }
        return;
      case 'fetch':
        this.write(
          'message',
          `request ${effect.requestId}: ${effect.venue} ${effect.request.path}`,
        );
        return;
      case 'scheduleAttempt':
        return;
      default:
        effect satisfies never;
    }
  }

  /** A line of the engine's own log. */
  onLog(scope: string, text: string): void {
    if (!this.on) return;
    const category = reported.test(text)
      ? 'error'
      : text.includes(' stream ')
        ? 'subscription'
        : 'connection';
    this.write(category, `${scope} ${text}`);
  }

  /** Puts what waits into the file; called a few times a second. */
  flush(): void {
    const { profile } = this.options;
    if (profile === null || this.waiting.length === 0) return;
    const lost = this.dropped === 0 ? '' : `${this.dropped} lines were left out\n`;
    const text = this.waiting.join('') + lost;
    this.waiting = [];
    this.waitingBytes = 0;
    this.dropped = 0;
    try {
      append(profile, text);
    } catch (error) {
      // A full disk must not fill the log with itself.
      if (!this.hasFailed) this.options.onFailure(error instanceof Error ? error.message : '');
      this.hasFailed = true;
    }
  }

  private sample(connection: string, text: string): void {
    const count = (this.framesByConnection.get(connection) ?? 0) + 1;
    this.framesByConnection.set(connection, count);
    if (count % sampleEvery !== 1) return;
    const what = header.exec(text)?.[1] ?? 'unnamed';
    this.write('message', `${connection} frame ${count}: ${what}, ${text.length} characters`);
  }
}

/** What the profile holds, oldest first; empty where nothing was ever written. */
export function readDebugLines(profile: string): readonly string[] {
  return [olderName, fileName].flatMap((name) => {
    try {
      return readFileSync(join(profile, folderName, name), 'utf8')
        .split('\n')
        .filter(Boolean);
    } catch {
      // Never switched on.
      return [];
    }
  });
}

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
const header = /"(?:stream|topic|channel|e|event|op|method)"\s*:\s*"([^"\\]{1,60})"/u;
const reported = /^(?:connection|server|parse|subscription|rate-limit) \S+:/u;

function append(profile: string, text: string): void {
  const folder = join(profile, folderName);
  const file = join(folder, fileName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 0 && size + Buffer.byteLength(text) > mostFileBytes) {
    renameSync(file, join(folder, olderName));
  }
  appendFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}
