/**
 * How fast recordings play, against bare `JSON.parse` of the same frames, and how long a seek takes in a session of hours.
 * Usage: TRUETAPE_FIXTURES=FOLDER node tests/bench/replay.ts [HOURS] [MESSAGES_PER_SEC]; each tenth minute has ten times as many
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import { Core } from '../../src/main/engine/core.ts';
import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { systemClock } from '../../src/main/engine/ports/clock.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { packSegment } from '../../src/main/engine/recording/packSegment.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import { RecordingReader } from '../../src/main/engine/recording/recordingReader.ts';
import { parseIsoTime } from '../../src/main/engine/recording/tardisLines.ts';
import { SessionPlayer } from '../../src/main/engine/replay/sessionPlayer.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { BenchSession, binanceInstrument } from './benchSession.ts';
import { MadeMarkets } from './madeMarkets.ts';

const fixtures = process.env['TRUETAPE_FIXTURES'];
const hours = Number(process.argv[2] ?? 6);
const perSec = Number(process.argv[3] ?? 25);
const rounds = 7;
const seeks = 20;

interface Written {
  readonly folder: string;
  readonly startTime: number;
  readonly endTime: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Of this thread alone: others on the machine take none of it. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Design section 11. */
const mustSeekMs = 300;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes a session down as the program does; `play` gives it its frames and lets the disk keep up. */
async function record(
  session: BenchSession,
  play: (settle: () => Promise<void>) => Promise<void>,
): Promise<Written> {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-replay-bench-'));
  const packing: Promise<void>[] = [];
  const recorder = new Recorder({
    files: systemFiles,
    // The session's own time: hours pass in seconds.
    clock: { ...systemClock, monotonicMs: () => session.monotonicMs, wallMs: () => session.time },
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: session.core.view.sequence, state: session.core.save() }),
    stateHash: () => session.core.stateHash(),
    inputsHandled: 0,
    onSegment: (path) => packing.push(packSegment(path)),
  });
  session.recorder = recorder;
  const startTime = session.time;
  session.begin();
  await play(async () => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (session.core.view.sequence - recorder.state.inputs > 20_000);
  });
  const endTime = session.time;
  await recorder.stop();
  if (recorder.state.lostInputs > 0) throw new Error(`${recorder.state.lostInputs} inputs lost`);
  await Promise.all(packing);
  return { folder, startTime, endTime };
}

async function openPlayer({ folder, endTime }: Written): Promise<SessionPlayer> {
  const reader = await RecordingReader.open(readdirSync(folder).map((name) => join(folder, name)));
  const session = { id: 'bench', name: '', source: 'simulated' as const };
  return new SessionPlayer({ session, reader, endTime, clock: systemClock });
}

function fixtureFrames(root: string): readonly (readonly [number, string])[] {
  const base = join(root, 'binance-spot', 'btcusdt-20240808');
  const lines = gunzipSync(readFileSync(`${base}.ndjson.gz`))
    .toString('utf8')
    .split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => [parseIsoTime(line.slice(0, 27)) ?? 0, line.slice(28)] as const);
}

function fixtureSession(root: string, frames: readonly (readonly [number, string])[]) {
  const base = join(root, 'binance-spot', 'btcusdt-20240808');
  const body = readFileSync(`${base}.depth-snapshot.json`, 'utf8');
  const [first = [0, '']] = frames;
  let heard = 0;
  let isGiven = false;
  const snapshot = (): string | null => {
    if (heard < 7 || isGiven) return null;
    isGiven = true;
    return body;
  };
  const session = new BenchSession(
    [{ instrument: binanceInstrument('BTC'), snapshot }],
    first[0] - 200,
  );
  const next = (time: number, text: string): void => {
    session.frame(time, text);
    heard += 1;
  };
  return { session, next };
}

async function throughput(root: string): Promise<void> {
  const frames = fixtureFrames(root);
  const { session, next } = fixtureSession(root, frames);
  const inputs: CoreInput[] = [];
  const written = await record(session, async (settle) => {
    for (const [index, [time, text]] of frames.entries()) {
      next(time, text);
      if (index % 2_000 === 0) await settle();
    }
  });
  const parse: number[] = [];
  const core: number[] = [];
  const replay: number[] = [];
  const wall: number[] = [];
  let hash = '';
  for (let round = 0; round < rounds; round += 1) {
    let startedMs = cpuMs();
    for (const [, text] of frames) JSON.parse(text);
    parse.push(cpuMs() - startedMs);
    const player = await openPlayer(written);
    const wallMs = performance.now();
    startedMs = cpuMs();
    await player.playThrough(inputs.length === 0 ? (input) => inputs.push(input) : undefined);
    replay.push(cpuMs() - startedMs);
    wall.push(performance.now() - wallMs);
    hash = player.stateHash();
    if (player.state.check?.isEqual !== true) throw new Error('the replay differs');
    player.close();
    const bare = new Core({ venues: venueIds.map(createVenue) });
    startedMs = cpuMs();
    for (const input of inputs) bare.handle(input, () => undefined);
    core.push(cpuMs() - startedMs);
    if (bare.stateHash() !== hash) throw new Error('the core differs');
  }
  rmSync(written.folder, { recursive: true });
  const rate = (ms: number) => `${Math.round(inputs.length / ms)}k inputs/s`;
  const parseMs = median(parse.slice(1));
  const replayMs = median(replay.slice(1));
  const coreMs = median(core.slice(1));
  say(
    `${frames.length} frames, ${inputs.length} inputs, medians of ${rounds - 1} rounds of this thread's time, load ${loadavg()[0]?.toFixed(1)}\n` +
      `JSON.parse alone      ${parseMs.toFixed(0)} ms\n` +
      `core alone            ${coreMs.toFixed(0)} ms  ${rate(coreMs)}\n` +
      `replay from the disk  ${replayMs.toFixed(0)} ms  ${rate(replayMs)}, ${((replayMs / coreMs - 1) * 100).toFixed(0)} % over the core, ${median(wall.slice(1)).toFixed(0)} ms by the clock\n` +
      `ratio to JSON.parse   ${(replayMs / parseMs).toFixed(2)}`,
  );
}

async function seekTimes(): Promise<void> {
  const startTime = 1_790_000_000_000;
  const markets = new MadeMarkets(['BTC', 'ETH', 'SOL', 'XRP']);
  const session = new BenchSession(markets.markets, startTime);
  const startedMs = performance.now();
  const written = await record(session, (settle) =>
    markets.play(session, { forMs: hours * 3_600_000, perSec, settle }),
  );
  const madeMs = performance.now() - startedMs;
  const names = readdirSync(written.folder);
  const bytes = names.reduce((sum, name) => sum + statSync(join(written.folder, name)).size, 0);
  say(
    `${hours} h, ${session.core.view.sequence} inputs in ${names.length} segments, ` +
      `${(bytes / 1_048_576).toFixed(0)} MiB packed, made in ${(madeMs / 1000).toFixed(0)} s`,
  );
  let openedMs = performance.now();
  const player = await openPlayer(written);
  openedMs = performance.now() - openedMs;
  await player.seek(startTime);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const times: number[] = [];
  const ownTimes: number[] = [];
  let draw = 11;
  for (let count = 0; count < seeks; count += 1) {
    draw = (draw * 48_271) % 2_147_483_647;
    const time = startTime + ((written.endTime - startTime) * draw) / 2_147_483_647;
    const beganMs = performance.now();
    const ownMs = cpuMs();
    await player.seek(time);
    times.push(performance.now() - beganMs);
    ownTimes.push(cpuMs() - ownMs);
    if (player.state.problem !== null) throw new Error(player.state.problem);
  }
  delay.disable();
  player.close();
  rmSync(written.folder, { recursive: true });
  say(
    `opened in ${openedMs.toFixed(0)} ms; ${seeks} seeks p50 ${median(times).toFixed(0)} ms, max ${Math.max(...times).toFixed(0)} ms; ` +
      `of this thread's time p50 ${median(ownTimes).toFixed(0)} ms, max ${Math.max(...ownTimes).toFixed(0)} ms; ` +
      `loop held up to ${(delay.max / 1e6).toFixed(0)} ms, load ${loadavg()[0]?.toFixed(1)}; ` +
      `must: seek ${mustSeekMs} ms ${Math.max(...times) <= mustSeekMs ? 'met' : 'MISSED'}`,
  );
}

if (fixtures === undefined) {
  process.stderr.write('Set TRUETAPE_FIXTURES to the folder of the recorded frames.\n');
  process.exitCode = 2;
} else {
  await throughput(fixtures);
  await seekTimes();
}
