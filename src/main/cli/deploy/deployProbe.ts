import { request as plainRequest } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { request as secureRequest } from 'node:https';
import { WebSocket } from 'ws';

const answerMs = 8_000;
const maxBodyBytes = 4 * 1_048_576;

export interface ProbeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ProbeRequest {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** With the token. */
  readonly signed?: boolean;
  /** The first of it is enough: a stream does not end. */
  readonly isStream?: boolean;
}

/** Asks a gateway as any program would; `fetch` would set Host itself and clean the path. */
export class DeployProbe {
  readonly origin: URL;
  readonly #token: string | null;

  constructor(origin: URL, token: string | null) {
    this.origin = origin;
    this.#token = token;
  }

  get hasToken(): boolean {
    return this.#token !== null;
  }

  ask(path: string, options: ProbeRequest = {}): Promise<ProbeAnswer> {
    const send = this.origin.protocol === 'https:' ? secureRequest : plainRequest;
    return new Promise((resolve, reject) => {
      const sent = send(
        {
          hostname: this.origin.hostname.replace(/^\[|\]$/g, ''),
          port: this.origin.port === '' ? undefined : Number(this.origin.port),
          path,
          method: options.method ?? 'GET',
          agent: false,
          signal: AbortSignal.timeout(answerMs),
          headers: {
            host: this.origin.host,
            ...(options.signed === true ? this.#authorization() : {}),
            ...options.headers,
          },
        },
        (response) => {
          let body = '';
          const finish = (): void => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
          };
          response.setEncoding('utf8').on('data', (part: string) => {
            body += part;
            const isEnough = options.isStream === true && body.includes('\ndata:');
            if (!isEnough && body.length < maxBodyBytes) return;
            finish();
            sent.destroy();
          });
          response.on('end', finish);
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(options.body);
    });
  }

  /** The type of the first message that a WebSocket of the gateway's own protocol says. */
  firstMessage(path: string): Promise<string> {
    const address = new URL(path, this.origin);
    address.protocol = this.origin.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address, {
      headers: this.#authorization(),
      handshakeTimeout: answerMs,
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no message')), answerMs);
      const end = (): void => {
        clearTimeout(timer);
        socket.terminate();
      };
      socket.once('message', (message) => {
        end();
        resolve(typeOf(JSON.parse(Buffer.isBuffer(message) ? message.toString('utf8') : '{}')));
      });
      socket.once('error', (error) => {
        end();
        reject(error);
      });
    });
  }

  #authorization(): Record<string, string> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
  }
}

function typeOf(message: unknown): string {
  if (typeof message !== 'object' || message === null || !('type' in message)) return 'unknown';
  return String(message.type);
}

/** The code of a refusal; null where the body is none. */
export function refusalCode({ body }: ProbeAnswer): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return null;
    const { error } = parsed;
    if (typeof error !== 'object' || error === null || !('code' in error)) return null;
    return 'message' in error && typeof error.code === 'string' ? error.code : null;
  } catch {
    return null;
  }
}
