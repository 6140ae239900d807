import { expect, test } from 'vitest';
import type { Venue } from '../../../../src/main/engine/venues/venue.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

/** Every state of the first connection, each once, as the health panel gets to see it. */
function watchConnection(engine: EngineOnLinks): { readonly seen: string[]; look(): void } {
  const seen: string[] = [];
  return {
    seen,
    look() {
      const [connection] = engine.view.health().connections;
      if (connection === undefined) return;
      const { status, reason, attempt, nextAttemptTime } = connection;
      const wait = nextAttemptTime === null ? '' : ' waits';
      const text = `${status} ${reason ?? '-'} ${attempt}${wait}`;
      if (seen.at(-1) !== text) seen.push(text);
    },
  };
}

test('a script of losses gives this sequence of states, reasons and attempts, and no other [S1-37]', () => {
  const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 600 });
  const { seen, look } = watchConnection(engine);
  engine.want(['BTC-USDT'], []);
  engine.run(3_000, look);
  // Refused three times, hung up on once, then let in.
  engine.control({ type: 'refuse', venue: 'okx', status: 503, what: 'handshake', count: 3 });
  engine.control({ type: 'close', venue: 'okx', code: 1001 });
  engine.run(6_000, look);
  engine.control({ type: 'flap', venue: 'okx', count: 1, code: 1011 });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(40_000, look);
  engine.shell.command({ type: 'pauseVenue', venue: 'okx' });
  engine.run(1_000, look);
  engine.shell.command({ type: 'resumeVenue', venue: 'okx' });
  engine.run(3_000, look);
  engine.run(62_000, look, 5);
  expect(seen.filter((text) => !text.startsWith('reconnecting') || text.endsWith('waits'))).toEqual(
    [
      'connecting - 0',
      'subscribing - 0',
      'live - 0',
      'reconnecting backoff 1 waits',
      'connecting - 1',
      'reconnecting refused 2 waits',
      'connecting - 2',
      'reconnecting refused 3 waits',
      'connecting - 3',
      'reconnecting refused 4 waits',
      'connecting - 4',
      'subscribing - 4',
      'live - 4',
      'reconnecting backoff 5 waits',
      'connecting - 5',
      'reconnecting backoff 6 waits',
      'connecting - 6',
      'subscribing - 6',
      'live - 6',
      'closed paused 6',
      'connecting - 6',
      'subscribing - 6',
      'live - 6',
      'live - 0',
    ],
  );
  engine.close();
});

/** The venue's own policy at a pace that no other watch reaches. */
function hurried(venue: Venue): Venue {
  const { heartbeat } = venue;
  if (heartbeat.type !== 'client-text') return venue;
  return { ...venue, heartbeat: { ...heartbeat, intervalMs: 500, timeoutMs: 250 } };
}

test.each(['bybit', 'okx'] as const)(
  '%s stops answering pings and says nothing else: reconnecting within heartbeat and timeout [S0-07]',
  (venue) => {
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 900, adapt: hurried });
    engine.want(['BTC-USDT'], []);
    engine.run(5_000);
    const pings = engine.effectsOf('send').filter(({ purpose }) => purpose === 'heartbeat').length;
    expect(pings).toBeGreaterThanOrEqual(8);
    const reconnects = (): number => engine.view.health().connections[0]?.reconnects ?? 0;
    expect(reconnects()).toBe(0);
    engine.control({ type: 'pong', venue, form: 'lose', durationMs: 5_000 });
    engine.control({ type: 'silence', venue, durationMs: 5_000 });
    let lostMs: number | null = null;
    const at = engine.links.clock.monotonicMs();
    engine.run(750 + 60, () => {
      const status = engine.view.health().connections[0]?.status;
      if (lostMs === null && status === 'reconnecting')
        lostMs = engine.links.clock.monotonicMs() - at;
    });
    expect(lostMs ?? Infinity).toBeLessThanOrEqual(500 + 250 + 55);
    const error = engine.view.health().errors.at(-1);
    expect([error?.code, error?.detail]).toEqual(['silent', 'no answer to our ping']);
    engine.close();
  },
);

test.each(['bybit', 'okx'] as const)(
  '%s answers no ping but its data flows: the socket is kept',
  (venue) => {
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 900, adapt: hurried });
    engine.want(['BTC-USDT'], []);
    engine.run(5_000);
    engine.control({ type: 'pong', venue, form: 'lose', durationMs: 10_000 });
    engine.run(10_000, undefined, 5);
    expect(engine.links.attempts.get(venue)).toBe(1);
    engine.close();
  },
);
