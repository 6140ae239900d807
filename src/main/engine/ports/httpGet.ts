import type { IncomingMessage } from 'node:http';
import { Agent as HttpAgent, get as httpRequest } from 'node:http';
import { Agent as HttpsAgent, get as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { systemClock } from './clock.ts';
import type { HttpGet, HttpOutcome } from './http.ts';
import { failureOf, isHijack } from './linkFailure.ts';
import type { LinkOptions } from './linkOptions.ts';
import { venueLookup } from './linkOptions.ts';

const timeoutMs = 10_000;
const idleSocketMs = 30_000;
const maxBodyBytes = 64 * 1024 * 1024;
const cutOff = 'the answer was cut off';
const readHeaders = ['retry-after', 'x-mbx-used-weight-1m', 'content-type'];

/**
 * Requests bounded in time and size. Redirects are not followed and certificates always verified: whoever answers in a
 * venue's place is found out.
 */
export function createHttpGet(options: LinkOptions = {}): HttpGet {
  const { lookup = venueLookup, ca, clock = systemClock } = options;
  const limits = { keepAlive: true, maxFreeSockets: 4, timeout: idleSocketMs };
  const plain = new HttpAgent(limits);
  const secure = new HttpsAgent({ ...limits, ...(ca === undefined ? {} : { ca }) });
  return (url, done) => {
    const started = performance.now();
    let isOver = false;
    const finish = (outcome: HttpOutcome): void => {
      if (isOver) return;
      isOver = true;
      cancelTimer();
      done(outcome);
    };
    const fail = (error: unknown): void => {
      const failure = failureOf(error);
      const reason = error instanceof Error ? reasonOf(error) : 'unknown failure';
      finish({ type: 'failed', reason, ...(failure === null ? {} : { failure }) });
    };
    const headers = { accept: 'application/json', 'accept-encoding': 'gzip' };
    const onResponse = (response: IncomingMessage): void => {
      readAnswer(response, started, finish, (error) => {
        request.destroy();
        fail(error);
      });
    };
    const request = url.startsWith('https:')
      ? httpsRequest(url, { agent: secure, lookup, headers }, onResponse)
      : httpRequest(url, { agent: plain, lookup, headers }, onResponse);
    const giveUp = (): void => void request.destroy(new AnswerTimeoutError());
    const cancelTimer = clock.setTimer(timeoutMs, giveUp);
    request.on('error', fail);
    return () => {
      isOver = true;
      cancelTimer();
      request.destroy();
    };
  };
}

export const httpGet: HttpGet = createHttpGet();

class AnswerTimeoutError extends Error {
  override readonly name = 'AnswerTimeoutError';
  readonly code = 'ETIMEDOUT';

  constructor() {
    super(`no whole answer within ${timeoutMs} ms`);
  }
}

function readAnswer(
  response: IncomingMessage,
  started: number,
  finish: (outcome: HttpOutcome) => void,
  fail: (error: unknown) => void,
): void {
  const status = response.statusCode ?? 0;
  if (isHijack(status, response.headers['content-type'])) {
    const reason = `HTTP ${status} ${response.headers.location ?? response.headers['content-type'] ?? ''}`;
    response.destroy();
    finish({ type: 'failed', reason: reason.slice(0, 300), failure: 'hijacked' });
    return;
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  const body = unpacked(response, fail);
  if (body === null) return;
  body.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBodyBytes) {
      body.destroy();
      fail(new Error(`answer larger than ${maxBodyBytes} bytes`));
    } else parts.push(part);
  });
  body.on('error', fail);
  body.on('end', () => {
    // A body that was cut off ends as well.
    if (!response.complete) {
      fail(new Error(cutOff));
      return;
    }
    const answer = { status, headers: headersOf(response), body: Buffer.concat(parts).toString() };
    finish({ type: 'answered', answer, elapsedMs: performance.now() - started });
  });
}

/** The bound counts what comes out: a bomb is as small as it likes on the wire. */
function unpacked(response: IncomingMessage, fail: (error: unknown) => void): Readable | null {
  response.on('error', (error) => fail(response.complete ? error : new Error(cutOff)));
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return response;
  if (encoding === 'gzip' || encoding === 'x-gzip') return response.pipe(createGunzip());
  fail(new Error(`answer in an encoding that was not asked for: ${encoding.slice(0, 40)}`));
  response.destroy();
  return null;
}

function headersOf(response: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of readHeaders) {
    const value = response.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function reasonOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  const each: readonly unknown[] = error.errors;
  const first = each.find((inner) => inner instanceof Error);
  return first?.message ?? 'unknown failure';
}
