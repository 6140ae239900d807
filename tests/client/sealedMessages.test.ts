import { createDecipheriv, hkdfSync } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/client/base64.ts';
import type { SealedMessage } from '../../src/client/sealedMessages.ts';
import { SealedMessages, maxSealedBytes } from '../../src/client/sealedMessages.ts';

const secret = 'a secret of more than sixteen bytes';
const room = 'desk';

function create(keyId = 'k1', own: string | Uint8Array = secret): Promise<SealedMessages> {
  return SealedMessages.create({ keyId, secret: own });
}

function textOf(bytes: BufferSource): string {
  return encodeBase64(new Uint8Array(ArrayBuffer.isView(bytes) ? bytes.buffer : bytes));
}

function ivOf({ sealed }: SealedMessage): string {
  return sealed.slice(0, 16);
}

test('messages of 1 byte to 5 MB come back, and no changed byte is accepted [S3-22]', async () => {
  const sender = await create();
  const reader = await create();
  for (const length of [1, 2, 3, 100, 65_536, 5_000_000]) {
    const value = { text: 'é'.repeat(Math.floor(length / 2)) + 'x'.repeat(length % 2), length };
    const message = await sender.seal(value, { room, seq: length });
    const passed: unknown = JSON.parse(JSON.stringify(message));
    expect(await reader.open(passed, room)).toEqual({ keyId: 'k1', room, seq: length, value });
  }
  const message = await sender.seal({ amount: 5 }, { room, seq: 7 });
  const bytes = decodeBase64(message.sealed);
  expect(bytes?.length).toBe(12 + '{"amount":5}'.length + 16);
  for (let index = 0; index < (bytes?.length ?? 0); index += 1) {
    const changed = Uint8Array.from(bytes ?? []);
    changed[index] = (changed[index] ?? 0) ^ 1;
    await expect(
      reader.open({ ...message, sealed: encodeBase64(changed) }, room),
    ).rejects.toMatchObject({ code: 'TAMPERED' });
  }
  await expect(reader.open({ ...message, seq: 8 }, room)).rejects.toMatchObject({
    code: 'TAMPERED',
  });
});

test('what is sealed is AES-256-GCM under a key of HKDF-SHA256, as another implementation opens it [S3-22]', async () => {
  const { sealed, keyId, seq } = await (await create()).seal({ amount: 5 }, { room, seq: 7 });
  const bytes = Buffer.from(sealed, 'base64');
  const info = JSON.stringify([keyId, room]);
  const key = Buffer.from(hkdfSync('sha256', secret, 'truetape sealed messages 1', info, 32));
  const opener = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  opener.setAAD(Buffer.from(JSON.stringify([room, seq])));
  opener.setAuthTag(bytes.subarray(-16));
  const text = Buffer.concat([opener.update(bytes.subarray(12, -16)), opener.final()]);
  expect(JSON.parse(text.toString('utf8'))).toEqual({ amount: 5 });
});

test('no initialization vector comes twice [S3-22]', async () => {
  const rounds = process.env['TRUETAPE_LONG'] === '1' ? 1_000_000 : 100_000;
  const sender = await create();
  // A million ciphers would take minutes, and none of them makes the vector.
  const used: string[] = [];
  const encrypt: typeof crypto.subtle.encrypt = (algorithm) => {
    if (typeof algorithm === 'object' && 'iv' in algorithm) used.push(textOf(algorithm.iv));
    return Promise.resolve(new ArrayBuffer(17));
  };
  Object.assign(crypto.subtle, { encrypt });
  onTestFinished(() => void Reflect.deleteProperty(crypto.subtle, 'encrypt'));
  const seen = new Set<string>();
  for (let done = 0; done < rounds; done += 1_000) {
    const batch = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => sender.seal(1, { room, seq: done + index })),
    );
    const sent = batch.map(ivOf);
    expect(sent.join()).toBe(used.splice(0).join());
    for (const iv of sent) seen.add(iv);
  }
  expect(seen.size).toBe(rounds);
});

test('a message of another room, of an unknown key or without form is refused with its code', async () => {
  const messages = await create();
  const message = await messages.seal('hello', { room, seq: 1 });
  const cases: readonly (readonly [unknown, string, string])[] = [
    [message, 'other', 'WRONG_ROOM'],
    [{ ...message, room: 'other' }, 'other', 'TAMPERED'],
    [{ ...message, keyId: 'k2' }, room, 'UNKNOWN_KEY'],
    [{ ...message, sealed: message.sealed.slice(0, 20) }, room, 'MALFORMED'],
    [{ ...message, sealed: `${message.sealed.slice(0, -1)}!` }, room, 'MALFORMED'],
    [{ ...message, version: 2 }, room, 'MALFORMED'],
    [{ ...message, seq: 1.5 }, room, 'MALFORMED'],
    ['text', room, 'MALFORMED'],
    [null, room, 'MALFORMED'],
    [{ ...message, sealed: 'A'.repeat(24 * 1_048_576) }, room, 'TOO_LARGE'],
  ];
  for (const [given, of, code] of cases) {
    await expect(messages.open(given, of)).rejects.toMatchObject({ code });
  }
  await expect(messages.seal('x'.repeat(maxSealedBytes), { room, seq: 2 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  });
  await expect(messages.seal(undefined, { room, seq: 2 })).rejects.toMatchObject({
    code: 'MALFORMED',
  });
  await expect(create('k1', 'too short')).rejects.toMatchObject({ code: 'WEAK_SECRET' });
});

test('room and sequence cannot be shifted into each other', async () => {
  const messages = await create();
  const message = await messages.seal('hello', { room: 'a1', seq: 2 });
  await expect(messages.open({ ...message, room: 'a', seq: 12 }, 'a')).rejects.toMatchObject({
    code: 'TAMPERED',
  });
});

test('after a change of keys new messages use the new one, and old ones are read until it is forgotten', async () => {
  const newer = { keyId: 'k2', secret: crypto.getRandomValues(new Uint8Array(32)) };
  const sender = await create();
  const reader = await create();
  const old = await sender.seal('old', { room, seq: 1 });
  await sender.addSecret(newer);
  expect((await sender.seal('still', { room, seq: 2 })).keyId).toBe('k1');
  sender.rotateTo('k2');
  const fresh = await sender.seal('new', { room, seq: 3 });
  await expect(reader.open(fresh, room)).rejects.toMatchObject({ code: 'UNKNOWN_KEY' });
  await reader.addSecret(newer);
  const opened = [await reader.open(old, room), await reader.open(fresh, room)];
  expect(opened.map(({ keyId, value }) => [keyId, value])).toEqual([
    ['k1', 'old'],
    ['k2', 'new'],
  ]);
  reader.forgetSecret('k1');
  await expect(reader.open(old, room)).rejects.toMatchObject({ code: 'UNKNOWN_KEY' });
  expect(() => reader.rotateTo('k3')).toThrow('No secret with the id "k3"');
});

test('one wrong secret under the right name opens nothing', async () => {
  const stranger = await create('k1', 'another secret of sixteen bytes');
  const message = await (await create()).seal('hello', { room, seq: 1 });
  await expect(stranger.open(message, room)).rejects.toMatchObject({ code: 'TAMPERED' });
});

test('base64 of every length and chunk border comes back, and has one spelling', () => {
  for (const length of [0, 1, 2, 3, 24_575, 24_576, 24_577, 49_153]) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) % 256);
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    expect(Buffer.compare(decodeBase64(encodeBase64(bytes)) ?? Buffer.of(1), bytes)).toBe(0);
  }
  expect(['aGk=', 'aGl=', 'aGk', 'aG k', '='].map((text) => decodeBase64(text) !== null)).toEqual([
    ...[true, false, false, false, false],
  ]);
});
