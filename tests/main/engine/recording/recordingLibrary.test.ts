import { expect, test } from 'vitest';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';

test('a session is there while one of its segments is packed between the look at names and at sizes', async () => {
  const packing: { run: () => void } = { run: () => undefined };
  const files = new MemoryFiles({
    before: (call) => {
      if (call === 'stat') packing.run();
    },
  });
  const library = new RecordingLibrary(files, '/recordings');
  const { id, folder } = await library.create('live', 1_790_000_000_000);
  files.contentByPath.set(`${folder}/000001.rec`, Buffer.from('plain segment'));
  packing.run = () => {
    files.contentByPath.delete(`${folder}/000001.rec`);
    files.contentByPath.set(`${folder}/000001.rec.zst`, Buffer.from('packed'));
  };
  expect((await library.open(id))?.segments).toEqual([
    { number: 1, path: `${folder}/000001.rec.zst`, bytes: 6, isPacked: true },
  ]);
});

test('a copied folder is a session of its own: renamed or deleted, the one that it was copied from stays', async () => {
  const files = new MemoryFiles();
  const library = new RecordingLibrary(files, '/recordings');
  const { id, folder } = await library.create('live', 1_790_000_000_000);
  files.contentByPath.set(`${folder}/000001.rec`, Buffer.from('plain segment'));
  await files.makeFolder('/recordings/copy');
  for (const name of await files.list(folder)) {
    files.contentByPath.set(`/recordings/copy/${name}`, await files.read(`${folder}/${name}`));
  }
  const original = await library.open(id);
  expect((await library.list()).map((session) => session.id).sort()).toEqual([id, 'copy'].sort());
  await library.change('copy', { name: 'mine' });
  expect(await library.open(id)).toEqual(original);
  const copy = await library.open('copy');
  expect(copy).toMatchObject({ id: 'copy', name: 'mine' });
  if (copy !== null) await library.delete(copy);
  expect(await library.list()).toEqual([original]);
});
