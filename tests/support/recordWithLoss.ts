import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import type {
  RecordedSession,
  RecordingLibrary,
} from '../../src/main/engine/recording/recordingLibrary.ts';
import { EngineOnLinks } from './engineOnLinks.ts';

export interface LossyRecording {
  readonly session: RecordedSession;
  /** As the recorder counted them. */
  readonly lostInputs: number;
}

/** Three seconds of the simulated market; from the second one on the disk is full, for a second or until the end. */
export async function recordWithLoss(
  library: RecordingLibrary,
  loss: 'none' | 'in the middle' | 'until the end',
): Promise<LossyRecording> {
  const state: { recorder?: Recorder } = {};
  const engine = new EngineOnLinks({ seed: 7, onInput: (input) => state.recorder?.tap(input) });
  const { clockPort } = engine.links;
  const { id, folder } = await library.create('simulated', clockPort.wallMs());
  const disk = { free: 2e9 };
  const recorder = new Recorder({
    files: { ...systemFiles, freeBytes: () => Promise.resolve(disk.free) },
    clock: clockPort,
    folder,
    describe: () => ({ appVersion: '1.2.3', source: 'simulated', session: id }),
    checkpoint: () => ({ inputs: engine.view.sequence, state: engine.core.save() }),
    stateHash: () => engine.core.stateHash(),
    inputsHandled: engine.view.sequence,
    onSegment: () => undefined,
    limits: { spaceCheckMs: 100, segmentMs: 1_000 },
  });
  state.recorder = recorder;
  const run = async (forMs: number): Promise<void> => {
    for (let passed = 0; passed < forMs; passed += 100) {
      engine.run(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await recorder.drain();
  };
  engine.want(['BTC-USDT']);
  await run(1_500);
  if (loss !== 'none') disk.free = 1e6;
  await run(1_500);
  if (loss === 'in the middle') {
    disk.free = 2e9;
    await run(200);
    recorder.resume();
    await run(1_000);
  }
  await recorder.stop();
  await library.change(id, { endTime: clockPort.wallMs() });
  const session = await library.open(id);
  engine.close();
  if (session === null) throw new Error('the session cannot be read back');
  return { session, lostInputs: recorder.state.lostInputs };
}
