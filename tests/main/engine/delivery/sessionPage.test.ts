import { expect, test } from 'vitest';
import type { PaintedSample } from '../../../../src/main/engine/delivery/session.ts';
import { TestWindow } from './testWindow.ts';

const btc = 'BTC-USDT';
const trades = { topic: 'trades', market: btc } as const;
const price = { topic: 'price', market: btc } as const;

test('refuses and counts what is not a message, and answers a command that is not one', () => {
  const window = new TestWindow();
  const texts = [
    '',
    '{',
    'null',
    '{"type":"ack","sequence":-1,"appliedMs":0,"paintedMs":0}',
    '{"type":"ack","sequence":77,"appliedMs":0,"paintedMs":0}',
    '{"type":"subscribe","topics":[{"id":1,"request":{"topic":"price","market":"B"}}]}',
    '{"type":"command","id":4,"command":{"type":"dropTables"}}',
    '{"type":"visibility","visible":"no"}',
  ];
  for (const text of texts) window.sendRaw(new TextEncoder().encode(text));
  window.sendRaw(Uint8Array.of(0xff, 0xfe));
  window.sendRaw(new Uint8Array(2_000_000));
  expect(window.session.counters).toMatchObject({
    refusedMessages: texts.length + 2,
    subscriptions: 0,
  });
  expect(window.messages.slice(1)).toEqual([
    {
      type: 'answer',
      id: 4,
      result: {
        ok: false,
        code: 'invalid-command',
        message: 'The command is not valid.',
        candidates: [],
      },
    },
  ]);
});

test('commands are answered by their id, also one that throws', async () => {
  const window = new TestWindow({
    runCommand: (command) =>
      command.type === 'getSettings'
        ? Promise.reject(new Error('disk'))
        : Promise.resolve({ ok: true, value: [] }),
  });
  window.send({ type: 'command', id: 7, command: { type: 'searchMarkets', text: 'btc' } });
  window.send({ type: 'command', id: 8, command: { type: 'getSettings' } });
  await Promise.resolve();
  await Promise.resolve();
  expect(window.messages.slice(1)).toMatchObject([
    { type: 'answer', id: 7, result: { ok: true, value: [] } },
    { type: 'answer', id: 8, result: { ok: false, code: 'internal' } },
  ]);
});

test('reports how long a change waited, travelled and took to be painted', () => {
  const samples: PaintedSample[] = [];
  const window = new TestWindow({
    probe: { sent: () => undefined, painted: (sample) => samples.push(sample) },
  });
  window.subscribe(price);
  window.clock.advance(10);
  window.core.trade(btc);
  window.clock.advance(20);
  window.ack(2);
  expect(samples).toEqual([
    { sequence: 2, heldMs: 6, acknowledgedMs: 14, appliedMs: 1, paintedMs: 5 },
  ]);
});

test('a closed window leaves no listener, timer or wish behind', () => {
  const window = new TestWindow();
  window.subscribe(price, trades);
  window.clock.advance(5);
  window.disconnect();
  window.core.trade(btc);
  window.clock.advance(5000);
  window.session.close('again');
  expect(window.core.listeners).toBe(0);
  expect(window.clock.pending).toBe(0);
  expect(window.requests.at(-1)).toEqual([]);
  expect(window.closed).toBe(1);
});

test('a page that is gone before the session begins ends it, once its owner knows it', () => {
  const window = new TestWindow({ goneAtOnce: true });
  expect(window.closed).toBe(1);
  expect(window.core.listeners).toBe(0);
  window.clock.advance(5000);
  expect(window.clock.pending).toBe(0);
});

test('a host that closes says why', () => {
  const window = new TestWindow();
  window.session.close('the app quits');
  expect(window.messages.at(-1)).toEqual({
    type: 'event',
    event: { type: 'goodbye', reason: 'the app quits' },
  });
  expect(window.closed).toBe(1);
});
