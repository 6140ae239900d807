import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import { RecordingReader } from '../../../../src/main/engine/recording/recordingReader.ts';
import { SessionPlayer } from '../../../../src/main/engine/replay/sessionPlayer.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { playUntil } from '../../../support/playTime.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

let folder = '';
/** State hash of the live run after input n, at many n. */
const hashAfter = new Map<number, { readonly time: number; readonly hash: string }>();
let last = { inputs: 0, time: 0, hash: '' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-recorder-'));
  const state: { recorder?: Recorder } = {};
  const engine = new EngineOnLinks({
    seed: 3,
    onInput: (input) => state.recorder?.tap(input),
    onHandled: (input) => {
      const { sequence } = engine.view;
      last = { inputs: sequence, time: input.receivedTime, hash: '' };
      if (sequence % 97 === 0) {
        hashAfter.set(sequence, { time: input.receivedTime, hash: engine.core.stateHash() });
      }
    },
  });
  const recorder = new Recorder({
    files: systemFiles,
    clock: engine.links.clockPort,
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: engine.view.sequence, state: engine.core.save() }),
    stateHash: () => engine.core.stateHash(),
    inputsHandled: engine.view.sequence,
    onSegment: () => undefined,
    limits: { checkpointMs: 3_000, segmentMs: 8_000 },
  });
  state.recorder = recorder;
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(8_000);
  engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 2 });
  engine.control({ type: 'close', venue: 'bybit', code: 1006 });
  engine.run(12_000);
  last = { ...last, hash: engine.core.stateHash() };
  await recorder.stop();
  engine.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function openPlayer(clock = new VirtualClock()): Promise<SessionPlayer> {
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const reader = await RecordingReader.open(paths);
  const player = new SessionPlayer({
    session: { id: 'test', name: '', source: 'simulated' },
    reader,
    endTime: last.time,
    clock: createClockPort(clock),
  });
  return player;
}

test('[S11] played through three times, a session with faults has the hash of the live run after every input', async () => {
  for (let round = 0; round < 3; round += 1) {
    const player = await openPlayer();
    let compared = 0;
    await player.playThrough(() => {
      const { inputs } = player.state;
      const live = hashAfter.get(inputs);
      if (live === undefined) return;
      expect(player.stateHash()).toBe(live.hash);
      compared += 1;
    });
    expect(compared).toBe(hashAfter.size);
    expect(player.stateHash()).toBe(last.hash);
    player.close();
  }
});

test('a seek to any time gives the state of the live run at that time', async () => {
  const player = await openPlayer();
  const entries = [...hashAfter];
  let draw = 7;
  for (let round = 0; round < 10; round += 1) {
    draw = (draw * 48_271) % 2_147_483_647;
    const [inputs, live] = entries[draw % entries.length] ?? [0, { time: 0, hash: '' }];
    await player.seek(live.time);
    // Several inputs may have come in the same moment.
    if (player.state.inputs === inputs) expect(player.stateHash()).toBe(live.hash);
    else expect(player.state.inputs).toBeGreaterThan(inputs);
  }
  player.close();
});

test('at a thousand times its speed a session ends in the same state as at its own', async () => {
  for (const speed of [1000, 20, Number.POSITIVE_INFINITY]) {
    const clock = new VirtualClock();
    const player = await openPlayer(clock);
    player.play(speed);
    await playUntil(clock, player, () => player.state.isFinished);
    expect(player.stateHash()).toBe(last.hash);
    player.close();
  }
});
