import type { HttpGet, HttpOutcome } from './http.ts';

const timeoutMs = 10_000;
const maxBodyBytes = 64 * 1024 * 1024;
const readHeaders = ['retry-after', 'x-mbx-used-weight-1m', 'content-type'];

/** Requests of Node's own `fetch`: bounded in time and size, redirects refused (a captive portal answers with one). */
export const httpGet: HttpGet = (url, done) => {
  const cancel = new AbortController();
  const signal = AbortSignal.any([cancel.signal, AbortSignal.timeout(timeoutMs)]);
  void deliver();
  async function deliver(): Promise<void> {
    const outcome = await request(url, signal);
    if (!cancel.signal.aborted) done(outcome);
  }
  return () => cancel.abort();
};

async function request(url: string, signal: AbortSignal): Promise<HttpOutcome> {
  const started = performance.now();
  try {
    const response = await fetch(url, { signal, redirect: 'manual' });
    const body = await readBody(response);
    const headers: Record<string, string> = {};
    for (const name of readHeaders) {
      const value = response.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    const answer = { status: response.status, headers, body };
    return { type: 'answered', answer, elapsedMs: performance.now() - started };
  } catch (error) {
    return { type: 'failed', reason: reasonOf(error) };
  }
}

async function readBody(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(parts).toString();
    bytes += value.byteLength;
    if (bytes > maxBodyBytes) {
      await reader.cancel();
      throw new Error(`answer larger than ${maxBodyBytes} bytes`);
    }
    parts.push(value);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return cause === '' ? error.message : cause;
}
