/**
 * How late the loop of live data is while replays run in it as fast as they go: without any, each for itself, and together in
 * their share. Usage: node tests/bench/replayBeside.ts [PLAYERS] [LIVE_MESSAGES_PER_SEC] [SECONDS]
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/main/engine/ports/clock.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import { RecordingReader } from '../../src/main/engine/recording/recordingReader.ts';
import { LoopShare } from '../../src/main/engine/replay/loopShare.ts';
import { SessionPlayer } from '../../src/main/engine/replay/sessionPlayer.ts';
import { BenchSession } from './benchSession.ts';
import { MadeMarkets } from './madeMarkets.ts';

const players = Number(process.argv[2] ?? 3);
const perSec = Number(process.argv[3] ?? 2_000);
const seconds = Number(process.argv[4] ?? 6);
const startTime = 1_790_000_000_000;
const recordedMs = 120_000;
const timerMs = 5;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function record(folder: string): Promise<number> {
  const markets = new MadeMarkets(['BTC', 'ETH']);
  const session = new BenchSession(markets.markets, startTime);
  const recorder = new Recorder({
    files: systemFiles,
    clock: { ...systemClock, monotonicMs: () => session.monotonicMs, wallMs: () => session.time },
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: session.core.view.sequence, state: session.core.save() }),
    stateHash: () => session.core.stateHash(),
    inputsHandled: 0,
    onSegment: () => undefined,
  });
  session.recorder = recorder;
  session.begin();
  await markets.play(session, {
    ...{ forMs: recordedMs, perSec: 3_000 },
    settle: async () => {
      do await new Promise((resolve) => setImmediate(resolve));
      while (session.core.view.sequence - recorder.state.inputs > 20_000);
    },
  });
  await recorder.stop();
  return session.time;
}

/** A market in memory, by our clock, until the returned function is called; that tells how many messages there were. */
function startLive(): () => number {
  const markets = new MadeMarkets(['BTC', 'ETH']);
  const session = new BenchSession(markets.markets, startTime);
  session.begin();
  const startedMs = performance.now();
  let playedMs = 0;
  const timer = setInterval(() => {
    const forMs = performance.now() - startedMs - playedMs;
    playedMs += forMs;
    void markets.play(session, { forMs, perSec, settle: () => Promise.resolve() });
  }, 1);
  return () => {
    clearInterval(timer);
    return session.core.view.sequence;
  };
}

/** Milliseconds by which a timer came late. */
function watchLoop(): () => readonly number[] {
  const late: number[] = [];
  let dueMs = performance.now() + timerMs;
  let cancel: () => void = () => undefined;
  const step = (): void => {
    late.push(Math.max(0, performance.now() - dueMs));
    dueMs = performance.now() + timerMs;
    cancel = systemClock.setTimer(timerMs, step);
  };
  cancel = systemClock.setTimer(timerMs, step);
  return () => {
    cancel();
    return late.toSorted((a, b) => a - b);
  };
}

async function measure(
  name: string,
  folder: string,
  endTime: number,
  shares: readonly LoopShare[],
): Promise<void> {
  const paths = readdirSync(folder).map((file) => join(folder, file));
  const open = await Promise.all(
    shares.map(async (share) => {
      const reader = await RecordingReader.open(paths);
      const session = { id: name, name: '', source: 'simulated' as const };
      return new SessionPlayer({ session, reader, endTime, clock: systemClock, share });
    }),
  );
  const stopLive = startLive();
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const player of open) {
    player.setLoop({ from: startTime + 1_000, to: endTime });
    player.play(null);
  }
  const utilization = performance.eventLoopUtilization();
  const watched = watchLoop();
  const counted = open.map(() => 0);
  const lastOf = open.map(() => 0);
  const startedMs = performance.now();
  while (performance.now() - startedMs < seconds * 1_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const [index, player] of open.entries()) {
      const { inputs } = player.state;
      counted[index] = (counted[index] ?? 0) + Math.max(0, inputs - (lastOf[index] ?? 0));
      lastOf[index] = inputs;
    }
  }
  const late = watched();
  const busy = performance.eventLoopUtilization(utilization).utilization;
  const seekMs: number[] = [];
  for (const [player] of open.length === 0 ? [] : [open, open, open, open]) {
    const beganMs = performance.now();
    await player?.seek(startTime + ((seekMs.length + 1) * recordedMs) / 5 + 7_000);
    seekMs.push(performance.now() - beganMs);
  }
  const messages = stopLive();
  for (const player of open) player.close();
  const at = (part: number) => (late[Math.floor((late.length - 1) * part)] ?? 0).toFixed(1);
  say(
    `${name.padEnd(26)} timer late p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; loop busy ${(busy * 100).toFixed(0)} %; ` +
      `live ${messages} inputs; each replay ${counted.map((count) => `${Math.round(count / seconds / 1_000)}k/s`).join(' ')}; ` +
      `seek ${seekMs.map((ms) => ms.toFixed(0)).join(' ')} ms; load ${loadavg()[0]?.toFixed(1)}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'truetape-beside-bench-'));
try {
  const endTime = await record(folder);
  const each = Array.from({ length: players }, (_, index) => index);
  await measure('live alone', folder, endTime, []);
  const own = each.map(() => new LoopShare(systemClock, () => 1));
  await measure(`${players} replays, no share`, folder, endTime, own);
  const one = new LoopShare(systemClock, () => 0.5);
  await measure(
    `${players} replays, half together`,
    folder,
    endTime,
    each.map(() => one),
  );
  await measure('1 replay, half', folder, endTime, [new LoopShare(systemClock, () => 0.5)]);
} finally {
  rmSync(folder, { recursive: true });
}
