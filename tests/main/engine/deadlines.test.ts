import { expect, test } from 'vitest';
import { Deadlines, runDueDeadlines } from '../../../src/main/engine/deadlines.ts';

function takeAll(deadlines: Deadlines, now: number): string[] {
  const subjects: string[] = [];
  for (;;) {
    const due = deadlines.takeDue(now);
    if (due === null) return subjects;
    subjects.push(due.subject);
  }
}

test('runs by due time, then by creation, and never early', () => {
  const deadlines = new Deadlines();
  deadlines.set('silence', 'okx', 'c', 30);
  deadlines.set('silence', 'okx', 'a', 10);
  deadlines.set('silence', 'okx', 'b2', 20);
  deadlines.set('ack', 'okx', 'b3', 20);
  expect(takeAll(deadlines, 9)).toEqual([]);
  expect(takeAll(deadlines, 20)).toEqual(['a', 'b2', 'b3']);
  expect(takeAll(deadlines, 30)).toEqual(['c']);
});

test('setting again replaces, clearing removes', () => {
  const deadlines = new Deadlines();
  deadlines.set('silence', 'okx', 'a', 10);
  deadlines.set('silence', 'okx', 'a', 50);
  deadlines.set('silence', 'okx', 'b', 20);
  deadlines.clear('silence', 'okx', 'b');
  expect(takeAll(deadlines, 49)).toEqual([]);
  expect(takeAll(deadlines, 50)).toEqual(['a']);
});

test('order survives ten thousand replacements and a save in the middle', () => {
  const deadlines = new Deadlines();
  let seed = 7;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  const dueBySubject = new Map<string, number>();
  for (let step = 0; step < 10_000; step += 1) {
    const subject = `s${random() % 300}`;
    const due = random() % 100_000;
    deadlines.set('silence', 'bybit', subject, due);
    dueBySubject.set(subject, due);
  }
  const copy = new Deadlines();
  copy.restore(structuredClone(deadlines.save()));
  const order = takeAll(deadlines, 100_000);
  expect(order.map((subject) => dueBySubject.get(subject))).toEqual(
    [...dueBySubject.values()].sort((a, b) => a - b),
  );
  expect(takeAll(copy, 100_000)).toEqual(order);
});

test('a deadline that sets itself again for the same moment does not hold the engine for ever, and is named', () => {
  const deadlines = new Deadlines();
  deadlines.set('rest', 'okx', 'first', 5);
  deadlines.set('silence', 'okx', 'endless', 6);
  deadlines.set('ack', 'okx', 'later', 9);
  const run: string[] = [];
  const endless = runDueDeadlines(deadlines, 7, ({ kind, venue, subject }) => {
    run.push(subject);
    if (subject === 'endless') deadlines.set(kind, venue, subject, 7);
  });
  expect(endless).toMatchObject({ kind: 'silence', subject: 'endless' });
  expect(run.slice(0, 2)).toEqual(['first', 'endless']);
  expect(run).not.toContain('later');
  deadlines.clear('silence', 'okx', 'endless');
  expect(runDueDeadlines(deadlines, 10, ({ subject }) => run.push(subject))).toBeNull();
  expect(run.at(-1)).toBe('later');
});
