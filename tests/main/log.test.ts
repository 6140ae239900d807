import { expect, test } from 'vitest';
import { createLog } from '../../src/main/log.ts';

function lines(options: { readonly verbose: boolean }): readonly string[] {
  const written: string[] = [];
  const log = createLog((text) => written.push(text), options);
  log({ level: 'info', scope: 'gateway', text: 'listening' });
  log({ level: 'info', scope: 'okx', text: 'okx#1 connected' });
  log({ level: 'debug', scope: 'gateway', text: 'detail' });
  log({ level: 'warning', scope: 'okx', text: 'odd\u001b[2J\nmessage\u2028end' });
  return written.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ''));
}

test('keeps the news of venues for who asks for them', () => {
  expect(lines({ verbose: false })).toEqual([
    'info    gateway: listening\n',
    'warning okx: odd [2J message end\n',
  ]);
  expect(lines({ verbose: true })).toHaveLength(4);
});
