import { expect, test } from 'vitest';
import { inertText } from '../../../../src/main/engine/feed/inertText.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

const jsonWebToken = [
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  'eyJzdWIiOiIxMjM0NTY3ODkwIn0',
  'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
].join('.');

test.each([
  [`refused ${jsonWebToken}.`, 'refused [redacted].'],
  [`refused ${jsonWebToken.slice(0, 60)}`, 'refused [redacted]'],
  ['{"token":"abcd-1234","op":"x"}', '{"token":"[redacted]","op":"x"}'],
  ['GET /ws?listenKey=pqia91ma19a5s6&x=1', 'GET /ws?listenKey=[redacted]&x=1'],
  ['Authorization: Bearer a.b-c_d12345', 'Authorization: [redacted]'],
  ['Cookie: sid=abc1; id=def2\nnext line', 'Cookie: [redacted] next line'],
  ['credentials=x1y2 once', 'credentials=[redacted] once'],
  ['one-time Ab3dEf6hIj9kLm2nOp5q-Rs8tUv', 'one-time [redacted]'],
  ['token=[redacted]', 'token=[redacted]'],
  ['via https://user:secret@proxy.example/x', 'via https://[redacted]@proxy.example/x'],
  ['key vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A', 'key [redacted]'],
  ['ENOENT /home/trader/.config/keys.json', 'ENOENT [path]'],
  ['ENOENT C:\\Users\\trader\\keys.json', 'ENOENT [path]'],
  ['one\u0000two\u001b[31m\r\nthree', 'one two [31m three'],
  ['usdt\u202ecba\u200b', 'usdt cba'],
])('%j is shown as %j', (text, shown) => {
  expect(inertText(text)).toBe(shown);
});

test.each([
  'instruments: unexpected answer: data.0.instId: Invalid type',
  'btcusdt@depth@100ms, orderbook.200.BTCUSDT, {"channel":"books","instId":"BTC-USDT"}',
  '60018 Wrong URL or channel:trades,instId:NOPE-USDT doesn’t exist.',
  'conn d30fdpbboasp1pjbe7r0-11 of 9f3b7a60-5d1e-4a0c-8f2b-1c2d3e4f5a6b',
  'trade 2290000001625843702 at /api/v3/depth?symbol=BTCUSDT&limit=1000',
])('what helps to find a fault stays: %j', (text) => {
  expect(inertText(text)).toBe(text);
});

test('a long text is cut without leaving half a token or half a character', () => {
  expect(inertText(`${'x '.repeat(140)}token=${'abc123'.repeat(30)}`)).not.toContain('abc123');
  expect(inertText(`${'x'.repeat(299)}😀`).isWellFormed()).toBe(true);
  // What lies behind the first 1,200 characters is not read at all.
  for (const piece of ['a1 ', 'token=', '//', 'ey', '/home/', 'a.b-', 'cookie:', '-----BEGIN ']) {
    const short = piece.repeat(Math.ceil(1_300 / piece.length));
    expect(inertText(short).length).toBeLessThanOrEqual(300);
    expect(inertText(short + piece.repeat(100_000))).toBe(inertText(short));
  }
});

test('what was shortened by taking things out shows no half of a key from the end of what was read', () => {
  for (let before = 1_140; before < 1_200; before += 1) {
    const head = `token=${'x'.repeat(before - 7)} `;
    expect(inertText(`${head}${'a1B2'.repeat(16)} and ${'y '.repeat(900)}`)).not.toContain('a1B');
  }
});

test("a venue's own words reach neither the error list nor the log with a token or a control character in them [S0-44]", () => {
  const engine = new EngineOnLinks({ venues: ['okx'] });
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  const reason = `<img onerror=x> \u202e${jsonWebToken.slice(0, 70)}`;
  engine.control({ type: 'close', venue: 'okx', code: 4001, reason });
  engine.run(1_000);
  const written = JSON.stringify([engine.view.health(), engine.log]);
  expect(engine.view.health().errors.map(({ detail }) => detail)).toContain(
    '<img onerror=x> [redacted]',
  );
  expect(engine.log.join('\n')).toContain('<img onerror=x> [redacted]');
  expect(written).not.toContain('eyJ');
  expect(written).not.toContain('\u202e');
  engine.close();
});

test('a bearer token that looks like a word is a credential all the same', () => {
  expect(inertText('refused: Bearer abcdefgh, try again')).toBe(
    'refused: Bearer [redacted], try again',
  );
});
