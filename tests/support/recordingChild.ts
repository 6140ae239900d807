import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/main/engine/ports/clock.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { packSegment } from '../../src/main/engine/recording/packSegment.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import { madeInput } from './madeInput.ts';

/** Records invented frames until it is killed: node recordingChild.ts FOLDER MESSAGES_PER_SEC */
const [folder = '', rate = '20000'] = process.argv.slice(2);
const perSec = Number(rate);
const recorder = new Recorder({
  // A kill takes nothing of what the system has: how long its disk takes is of no account.
  files: { ...systemFiles, create: createUnsynced },
  clock: systemClock,
  folder,
  describe: () => ({ source: 'simulated' }),
  checkpoint: () => ({ inputs: given, state: { inputs: given } }),
  stateHash: () => '',
  inputsHandled: 0,
  onSegment: (path) => void packSegment(path),
  limits: { segmentMs: 700 },
});

async function createUnsynced(path: string): ReturnType<typeof systemFiles.create> {
  const file = await systemFiles.create(path);
  return {
    write: (bytes) => file.write(bytes),
    sync: () => Promise.resolve(),
    close: () => file.close(),
  };
}

const started = systemClock.monotonicMs();
let given = 0;
for (;;) {
  const due = Math.floor(((systemClock.monotonicMs() - started) * perSec) / 1000);
  while (given < due) {
    recorder.tap(madeInput(given + 1, systemClock.monotonicMs()));
    given += 1;
  }
  // The parent knows by this how much was given at which time.
  process.stdout.write(`${given} ${systemClock.wallMs()}\n`);
  await sleep(5);
}
