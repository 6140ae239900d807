import { expect, test } from 'vitest';
import type { Lookup } from '../../../../src/main/engine/ports/resolver.ts';
import { createBoundedLookup } from '../../../../src/main/engine/ports/resolver.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

type Answer = Parameters<Lookup>[2];

function setUp() {
  const clock = new VirtualClock();
  const asked: { hostname: string; answer: Answer }[] = [];
  const heard: string[] = [];
  const lookup = createBoundedLookup({
    clock: createClockPort(clock),
    lookup: (hostname, _options, answer) => asked.push({ hostname, answer }),
  });
  const ask = (hostname: string): void =>
    lookup(hostname, {}, (error, address) => {
      heard.push(`${clock.monotonicMs()} ${hostname} ${error?.code ?? JSON.stringify(address)}`);
    });
  return { clock, asked, heard, ask };
}

test('a resolver that hangs is given up after five seconds, and not asked again for the same name meanwhile', () => {
  const { clock, asked, heard, ask } = setUp();
  ask('a.test');
  clock.advance(4_000);
  ask('a.test');
  clock.advance(6_000);
  ask('a.test');
  expect(heard).toEqual(['5000 a.test ETIMEOUT', '9000 a.test ETIMEOUT']);
  expect(asked.length).toBe(1);
  clock.advance(1_000);
  asked[0]?.answer(null, '10.0.0.1', 4);
  expect(heard.at(-1)).toBe('11000 a.test "10.0.0.1"');
  expect(clock.pending).toBe(0);
});

test('at most three names are asked for at once, so that a thread is left for files', () => {
  const { clock, asked, heard, ask } = setUp();
  for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name);
  expect(asked.map(({ hostname }) => hostname)).toEqual(['a', 'b', 'c']);
  asked[1]?.answer(null, '10.0.0.2', 4);
  expect(asked.map(({ hostname }) => hostname)).toEqual(['a', 'b', 'c', 'd']);
  clock.advance(5_000);
  expect(heard).toEqual([
    '0 b "10.0.0.2"',
    '5000 a ETIMEOUT',
    '5000 c ETIMEOUT',
    '5000 d ETIMEOUT',
    '5000 e ETIMEOUT',
  ]);
  asked[0]?.answer(null, '10.0.0.1', 4);
  // Nobody waits for the last one any more.
  expect(asked.length).toBe(4);
});

test('a question that hangs for half a minute is lost: the name is asked for anew', () => {
  const { clock, asked, heard, ask } = setUp();
  ask('a.test');
  clock.advance(30_000);
  ask('a.test');
  expect(asked.length).toBe(2);
  asked[0]?.answer(null, '10.0.0.1', 4);
  asked[1]?.answer(null, '10.0.0.2', 4);
  expect(heard).toEqual(['5000 a.test ETIMEOUT', '30000 a.test "10.0.0.2"']);
});

test('nothing is kept: the next question is asked anew', () => {
  const { asked, heard, ask } = setUp();
  ask('a.test');
  asked[0]?.answer(null, '10.0.0.1', 4);
  ask('a.test');
  asked[1]?.answer(null, '10.0.0.9', 4);
  expect(heard).toEqual(['0 a.test "10.0.0.1"', '0 a.test "10.0.0.9"']);
});
