import { expect, test } from 'vitest';
import { WorkLine } from '../../../../src/main/engine/hosting/workLine.ts';

test('urgent work goes before what waits, and in the order in which it was asked for', async () => {
  const line = new WorkLine();
  const done: string[] = [];
  const gate: { open: () => void } = { open: () => undefined };
  const add = (name: string, urgency: 'urgent' | 'later') =>
    line.add(() => Promise.resolve(void done.push(name)), urgency);
  const first = line.add(
    () =>
      new Promise<void>((resolve) => {
        gate.open = resolve;
      }),
  );
  void add('later 1', 'later');
  void add('name A', 'urgent');
  void add('later 2', 'later');
  void add('name B', 'urgent');
  gate.open();
  await first;
  await line.whenIdle();
  expect(done).toEqual(['name A', 'name B', 'later 1', 'later 2']);
});

test('work that fails tells its own caller, and the next one runs', async () => {
  const line = new WorkLine();
  const failing = line.add(() => Promise.reject(new Error('EIO')), 'urgent');
  const next = line.add(() => Promise.resolve('done'), 'urgent');
  await expect(failing).rejects.toThrow('EIO');
  expect(await next).toBe('done');
});
