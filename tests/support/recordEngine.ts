import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import type { RecorderLimits } from '../../src/main/engine/recording/recorder.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import type {
  RecordedSession,
  RecordingLibrary,
} from '../../src/main/engine/recording/recordingLibrary.ts';
import { EngineOnLinks } from './engineOnLinks.ts';

/** A session of the simulated market with all that `play` lets happen, on virtual time, in real files. */
export async function recordEngine(
  library: RecordingLibrary,
  limits: Partial<RecorderLimits>,
  play: (engine: EngineOnLinks) => void,
  onInput: (input: CoreInput) => void = () => undefined,
): Promise<RecordedSession> {
  const state: { recorder?: Recorder } = {};
  const engine = new EngineOnLinks({
    seed: 5,
    onInput: (input) => {
      state.recorder?.tap(input);
      onInput(input);
    },
    onEffect: (effect, time) => state.recorder?.tapEffect(effect, time),
  });
  const { clockPort } = engine.links;
  const { id, folder } = await library.create('simulated', clockPort.wallMs());
  state.recorder = new Recorder({
    files: systemFiles,
    clock: clockPort,
    folder,
    describe: () => ({ appVersion: '1.2.3', source: 'simulated' }),
    checkpoint: () => ({ inputs: engine.view.sequence, state: engine.core.save() }),
    stateHash: () => engine.core.stateHash(),
    inputsHandled: engine.view.sequence,
    onSegment: () => undefined,
    limits,
  });
  play(engine);
  await state.recorder.stop();
  await library.change(id, { endTime: clockPort.wallMs() });
  engine.close();
  const session = await library.open(id);
  if (session === null) throw new Error('the session cannot be read back');
  return session;
}
