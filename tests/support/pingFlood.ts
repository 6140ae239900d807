import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Core } from '../../src/main/engine/core.ts';
import { systemClock } from '../../src/main/engine/ports/clock.ts';
import { openWsSocket } from '../../src/main/engine/ports/wsSocket.ts';
import { Shell } from '../../src/main/engine/shell/shell.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import { binanceInstrument } from './instruments.ts';

const leastPongs = 5;
const mostMs = 90_000;

export interface PingFlood {
  readonly framesPerSec: number;
  readonly slowestPongMs: number;
  readonly pongs: number;
}

/** The engine on a real socket that floods it: how long the venue waited for its slowest pong. */
export async function runPingFlood(framesPerSec: number, forMs: number): Promise<PingFlood> {
  const server = fork(fileURLToPath(new URL('floodServer.ts', import.meta.url)), [
    String(framesPerSec),
  ]);
  try {
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    const venue = createVenue('binance');
    const core = new Core({ venues: [venue] });
    let frames = 0;
    const shell = new Shell({
      handle: (input, effects) => {
        if (input.type === 'frame') frames += 1;
        core.handle(input, effects);
      },
      venues: [venue],
      endpoints: () => ({ ws: `ws://127.0.0.1:${port}`, rest: 'http://127.0.0.1:1' }),
      openSocket: openWsSocket,
      httpGet: (_url, done) => {
        setImmediate(() => done({ type: 'failed', reason: 'no REST here' }));
        return () => undefined;
      },
      clock: systemClock,
      random: Math.random,
    });
    shell.start();
    const instruments = [binanceInstrument('BTC')];
    shell.command({ type: 'instruments', venue: 'binance', instruments });
    shell.command({ type: 'want', markets: ['BTC-USDT'], books: [], candles: [] });
    const began = performance.now();
    let report = { slowestMs: 0, pongs: 0 };
    // A busy machine is given longer to get there.
    while (report.pongs < leastPongs && performance.now() - began < mostMs) {
      await new Promise((resolve) => setTimeout(resolve, forMs));
      server.send('report');
      [report] = (await once(server, 'message')) as [{ slowestMs: number; pongs: number }];
    }
    const tookMs = performance.now() - began;
    shell.close();
    return {
      framesPerSec: (frames / tookMs) * 1_000,
      slowestPongMs: report.slowestMs,
      pongs: report.pongs,
    };
  } finally {
    server.kill();
  }
}
