import type { HttpGet } from '../../src/main/engine/ports/http.ts';
import type { OpenSocket } from '../../src/main/engine/ports/socket.ts';
import type { MemoryLinks } from './memoryLinks.ts';

/** Until when the venues told us to leave them alone: what their refusals said, whatever the engine made of it. */
export class AnnouncedWaits {
  private untilMs = 0;

  /** Of all venues, from `nowMs` on. */
  remainingMs(nowMs: number): number {
    return Math.max(0, this.untilMs - nowMs);
  }

  watch(links: MemoryLinks): { readonly openSocket: OpenSocket; readonly httpGet: HttpGet } {
    const note = (waitMs: number): void => {
      if (waitMs > 0) this.untilMs = Math.max(this.untilMs, links.clock.monotonicMs() + waitMs);
    };
    return {
      openSocket: (url, handlers) =>
        links.openSocket(url, {
          ...handlers,
          closed: (code, reason, retryAfterMs, ...rest) => {
            note(retryAfterMs ?? 0);
            handlers.closed(code, reason, retryAfterMs, ...rest);
          },
        }),
      httpGet: (url, done) =>
        links.httpGet(url, (outcome) => {
          if (outcome.type === 'answered') {
            note(Number(outcome.answer.headers['retry-after'] ?? 0) * 1000);
          }
          done(outcome);
        }),
    };
  }
}
