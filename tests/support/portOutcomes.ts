import type { HttpGet, HttpOutcome } from '../../src/main/engine/ports/http.ts';
import type { LinkFailure } from '../../src/main/engine/ports/linkFailure.ts';
import type { OpenSocket, SocketHandle } from '../../src/main/engine/ports/socket.ts';

export type SocketOutcome =
  | { readonly type: 'open'; readonly handle: SocketHandle }
  | {
      readonly type: 'closed';
      readonly code: number;
      readonly reason: string;
      readonly failure: LinkFailure | null;
    };

/** Open with its first frame, or closed before that. */
export function openOnce(openSocket: OpenSocket, url: string): Promise<SocketOutcome> {
  return new Promise((resolve) => {
    const handle = openSocket(url, {
      opened: () => undefined,
      frame: () => resolve({ type: 'open', handle }),
      pinged: () => undefined,
      closed: (code, reason, _retryAfterMs, failure) =>
        resolve({ type: 'closed', code, reason, failure: failure ?? null }),
    });
  });
}

export function getOnce(httpGet: HttpGet, url: string): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    httpGet(url, resolve);
  });
}
