import type { GatewayError } from '../shared/gateway/errors.ts';
import type { ClientError, ClientErrorType, DebugCategory, DebugEntry } from './clientContract.ts';
import type { ClientErrorCode } from './errorCatalogue.ts';
import { findErrorText } from './errorCatalogue.ts';
import { redact } from './redact.ts';

const errorLimit = 200;
const debugLimit = 500;

export interface ErrorDraft {
  readonly type: ClientErrorType;
  readonly code: ClientErrorCode;
  /** Beside, or instead of, the catalogue's text. */
  readonly detail?: string;
  readonly retryInMs?: number | null;
  readonly channel?: string | null;
}

export interface JournalOptions {
  readonly wallMs: () => number;
  readonly debug: boolean | ((entry: DebugEntry) => void);
  readonly onError: (error: ClientError) => void;
}

/** Errors and debug lines of one client, both bounded and free of secrets. */
export class Journal {
  errorCount = 0;
  private readonly options: JournalOptions;
  private held: readonly ClientError[] = [];
  private readonly lines: DebugEntry[] = [];
  private readonly reported = new WeakMap<GatewayError, ClientError>();

  constructor(options: JournalOptions) {
    this.options = options;
  }

  get errors(): readonly ClientError[] {
    return this.held;
  }

  clear(): void {
    if (this.held.length > 0) this.held = [];
  }

  get debugLines(): readonly DebugEntry[] {
    return this.lines.slice();
  }

  /** `text` is made only where somebody reads it. */
  debug(category: DebugCategory, text: () => string): void {
    const { debug, wallMs } = this.options;
    if (debug === false) return;
    const entry: DebugEntry = { time: wallMs(), category, text: redact(text()) };
    this.lines.push(entry);
    if (this.lines.length > debugLimit) this.lines.shift();
    if (typeof debug === 'function') callReader(debug, entry);
  }

  report(draft: ErrorDraft): ClientError {
    const text = findErrorText(draft.code);
    // Ours is text; what others say may hold anything.
    const message = [text?.cause ?? '', redact(draft.detail ?? '')].join(' ').trim();
    this.errorCount += 1;
    const error: ClientError = {
      id: `error-${this.errorCount}`,
      type: draft.type,
      code: draft.code,
      message: message === '' ? draft.code : message,
      timestamp: this.options.wallMs(),
      fix: text?.fix ?? null,
      retryInMs: draft.retryInMs ?? null,
      channel: draft.channel ?? null,
    };
    this.held = [...this.held.slice(1 - errorLimit), error];
    this.debug('error', () => `${error.code}: ${error.message}`);
    this.options.onError(error);
    return error;
  }

  reportRefusal(
    type: ClientErrorType,
    refusal: GatewayError,
    channel: string | null = null,
  ): ClientError {
    const { code, message, retryAfterMs = null } = refusal;
    const error = this.report({ type, code, detail: message, retryInMs: retryAfterMs, channel });
    this.reported.set(refusal, error);
    return error;
  }

  /** A refusal that was reported turns out to have ended the connection. Null: it was not reported. */
  planRetry(refusal: GatewayError, retryInMs: number | null): ClientError | null {
    const error = this.reported.get(refusal);
    if (error === undefined) return null;
    const planned = { ...error, retryInMs };
    this.held = this.held.map((each) => (each === error ? planned : each));
    this.reported.set(refusal, planned);
    return planned;
  }
}

/** A log that fails never stops what it tells of; the runtime reports it as any uncaught error. */
function callReader(read: (entry: DebugEntry) => void, entry: DebugEntry): void {
  try {
    read(entry);
  } catch (cause) {
    queueMicrotask(() => {
      throw cause;
    });
  }
}
