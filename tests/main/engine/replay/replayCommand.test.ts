import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Recordings } from '../../../../src/main/engine/hosting/recordings.ts';
import type { EngineRecorder } from '../../../../src/main/engine/hosting/sessionRecording.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { runReplay } from '../../../../src/main/engine/replay/replayCommand.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

let folder = '';
let id = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-replay-'));
  const found: { recorder: EngineRecorder | null } = { recorder: null };
  const engine = new EngineOnLinks({ onInput: (input) => found.recorder?.onInput(input) });
  const recordings = new Recordings(
    {
      files: systemFiles,
      clock: engine.links.clockPort,
      folder,
      appVersion: '1.2.3',
      log: (text) => expect.unreachable(text),
    },
    true,
    10,
  );
  const tape = await recordings.openTape('simulated');
  found.recorder = tape.attach({
    inputsHandled: engine.view.sequence,
    checkpoint: () => ({ inputs: engine.view.sequence, state: engine.core.save() }),
    stateHash: () => engine.core.stateHash(),
  });
  id = tape.recording?.id ?? '';
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  engine.close();
  recordings.end(tape);
  await recordings.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function replay(session: string | null) {
  let text = '';
  const code = await runReplay({ folder, session, rounds: 3 }, (part) => {
    text += part;
  });
  return { code, text };
}

test('a session is listed, and plays to the state of the live run', async () => {
  expect((await replay(null)).text).toContain(id);
  const { code, text } = await replay(id);
  expect(text).toContain('equal in 3 replays and in the live run');
  expect(code).toBe(0);
  expect((await replay(join(folder, id))).code).toBe(0);
});

test('a damaged session says where, and fails', async () => {
  const [name = ''] = readdirSync(join(folder, id)).filter((file) => file.includes('.rec'));
  const path = join(folder, id, name);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
  const { code, text } = await replay(id);
  expect(text).toMatch(/damaged: .*000001\.rec.* at \d+/);
  expect(code).toBe(1);
  writeFileSync(path, bytes);
});

test('what is no session is refused with what to do', async () => {
  await expect(replay('../../etc')).rejects.toThrow('is no recorded session');
});
