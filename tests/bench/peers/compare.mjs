/**
 * The recorded frames of one market through bare `JSON.parse`, through Truetape and through the peers, taken in turns in
 * one process. Usage: TRUETAPE_FIXTURES=FOLDER node tests/bench/peers/compare.mjs [ROUNDS]
 */
import { decodeAll, parseOnly, readFrames } from '../recordedFrames.ts';
import { createCcxtPeer, createTardisPeer } from './peers.mjs';

const folder = process.env['TRUETAPE_FIXTURES'];
const rounds = Number(process.argv[2] ?? 5);
const expected = { trades: 19_904, bid: 61_602.01, ask: 61_602.02 };

function runPeer(createPeer, frames, snapshot, snapshotLine) {
  const peer = createPeer(snapshot);
  let line = 0;
  for (const frame of frames) {
    if (line === snapshotLine) peer.snapshot();
    peer.frame(frame.toString('utf8'));
    line += 1;
  }
  const result = peer.result();
  for (const name of ['trades', 'bid', 'ask']) {
    if (result[name] !== expected[name])
      throw new Error(`${peer.name}: ${name} is ${result[name]}`);
  }
}

function elapsedMs(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values) {
  const sorted = values.toSorted((first, second) => first - second);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function run(root) {
  const { frames, snapshot, snapshotLine } = readFrames(root);
  const parsed = JSON.parse(snapshot);
  const contestants = [
    ['JSON.parse alone', () => parseOnly(frames)],
    ['truetape', () => decodeAll(frames, snapshot)],
    ['tardis-dev', () => runPeer(createTardisPeer, frames, parsed, snapshotLine)],
    ['ccxt.pro', () => runPeer(createCcxtPeer, frames, parsed, snapshotLine)],
  ];
  const times = contestants.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    contestants.forEach(([, work], index) => {
      const ms = elapsedMs(work);
      if (round > 0) times[index].push(ms);
    });
  }
  const base = median(times[0]);
  process.stdout.write(`${frames.length} frames to book and tape, ${rounds} rounds, medians\n`);
  contestants.forEach(([name], index) => {
    const ms = median(times[index]);
    const rate = `${Math.round(frames.length / ms)}k msg/s`.padStart(12);
    process.stdout.write(
      `${name.padEnd(18)}${ms.toFixed(0).padStart(6)} ms${rate}  ${(ms / base).toFixed(2)} x JSON.parse\n`,
    );
  });
}

if (folder === undefined) {
  process.stderr.write('Set TRUETAPE_FIXTURES to the folder of the recorded frames.\n');
  process.exitCode = 2;
} else run(folder);
