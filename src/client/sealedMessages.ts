import { decodeBase64, encodeBase64 } from './base64.ts';

/**
 * Messages that only the members of a room can read: AES-256-GCM under a key that HKDF-SHA256 derives from the room's secret.
 * For programs that pass messages through others' servers. It does not replace TLS: who speaks, and when, stays visible.
 */
export interface SealedMessage {
  readonly version: 1;
  /** Which of the secrets; senders change to the next one while readers still know the last. */
  readonly keyId: string;
  /** Room and sequence are readable, and bound to the text: neither can be exchanged. */
  readonly room: string;
  readonly seq: number;
  /** Base64 of 12 bytes of initialization vector, and ciphertext with its tag. */
  readonly sealed: string;
}

export interface RoomSecret {
  readonly keyId: string;
  /** At least 16 random bytes. A password is no such secret: nothing here slows a guesser down. */
  readonly secret: Uint8Array | string;
}

export interface SealedAt {
  readonly room: string;
  readonly seq: number;
}

export interface OpenedMessage extends SealedAt {
  readonly keyId: string;
  readonly value: unknown;
}

export type SealedMessageErrorCode =
  | 'WEAK_SECRET'
  | 'UNKNOWN_KEY' // ask for the room's newer secret
  | 'MALFORMED'
  | 'TAMPERED' // or sealed under another secret with the same id
  | 'WRONG_ROOM'
  | 'TOO_LARGE'
  | 'KEY_EXHAUSTED'; // change to the next secret

export class SealedMessageError extends Error {
  override readonly name = 'SealedMessageError';
  readonly code: SealedMessageErrorCode;

  constructor(code: SealedMessageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const ivBytes = 12;
const tagBytes = 16;
const minSecretBytes = 16;
export const maxSealedBytes = 16 * 1024 * 1024;
/** Random vectors of 96 bits: NIST SP 800-38D allows so many messages under one key. */
const maxMessagesPerKey = 2 ** 32;

interface KeyInUse {
  readonly key: CryptoKey;
  sealedCount: number;
}

export class SealedMessages {
  private readonly secretById = new Map<string, CryptoKey>();
  private readonly keyByRoom = new Map<string, Promise<KeyInUse>>();
  private currentKeyId: string;

  private constructor(currentKeyId: string) {
    this.currentKeyId = currentKeyId;
  }

  static async create(current: RoomSecret): Promise<SealedMessages> {
    const messages = new SealedMessages(current.keyId);
    await messages.addSecret(current);
    return messages;
  }

  /** From now on messages under this secret can be read; `rotateTo` also seals with it. */
  async addSecret({ keyId, secret }: RoomSecret): Promise<void> {
    const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
    if (bytes.length < minSecretBytes) {
      const text = `A secret needs at least ${minSecretBytes} random bytes.`;
      throw new SealedMessageError('WEAK_SECRET', text);
    }
    const key = await crypto.subtle.importKey('raw', Uint8Array.from(bytes), 'HKDF', false, [
      'deriveKey',
    ]);
    this.forgetSecret(keyId);
    this.secretById.set(keyId, key);
  }

  rotateTo(keyId: string): void {
    if (!this.secretById.has(keyId)) throw unknownKey(keyId);
    this.currentKeyId = keyId;
  }

  /** Its messages cannot be opened any more. */
  forgetSecret(keyId: string): void {
    this.secretById.delete(keyId);
    for (const id of this.keyByRoom.keys()) {
      if (id.startsWith(`${JSON.stringify(keyId)} `)) this.keyByRoom.delete(id);
    }
  }

  async seal(value: unknown, { room, seq }: SealedAt): Promise<SealedMessage> {
    if (value === undefined || !Number.isSafeInteger(seq)) {
      throw new SealedMessageError('MALFORMED', 'Needs a JSON value and a whole sequence number.');
    }
    const text = new TextEncoder().encode(JSON.stringify(value));
    if (text.length > maxSealedBytes) throw tooLarge();
    const keyId = this.currentKeyId;
    const inUse = await this.keyOf(keyId, room);
    if (inUse.sealedCount >= maxMessagesPerKey) {
      throw new SealedMessageError('KEY_EXHAUSTED', 'This key sealed enough: use the next secret.');
    }
    inUse.sealedCount += 1;
    const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
    const cipher = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: boundTo(room, seq) },
      inUse.key,
      text,
    );
    const bytes = new Uint8Array(ivBytes + cipher.byteLength);
    bytes.set(iv);
    bytes.set(new Uint8Array(cipher), ivBytes);
    return { version: 1, keyId, room, seq, sealed: encodeBase64(bytes) };
  }

  /** Rejects whatever was not sealed by a member for this room. Order and repetition are the reader's: see `seq`. */
  async open(message: unknown, room: string): Promise<OpenedMessage> {
    const { keyId, seq, sealed, ...rest } = parseSealedMessage(message);
    if (rest.room !== room) {
      throw new SealedMessageError('WRONG_ROOM', 'The message was sealed for another room.');
    }
    const bytes = decodeBase64(sealed);
    if (bytes === null || bytes.length < ivBytes + tagBytes) throw malformed();
    const { key } = await this.keyOf(keyId, room);
    const iv = bytes.subarray(0, ivBytes);
    const text = await crypto.subtle
      .decrypt(
        { name: 'AES-GCM', iv, additionalData: boundTo(room, seq) },
        key,
        bytes.subarray(ivBytes),
      )
      .catch(() => {
        throw new SealedMessageError('TAMPERED', 'The message is not what was sealed.');
      });
    const value: unknown = JSON.parse(new TextDecoder().decode(text));
    return { keyId, room, seq, value };
  }

  /** A key of its own for each room, so that the same secret in two rooms does not share a key. */
  private keyOf(keyId: string, room: string): Promise<KeyInUse> {
    const id = `${JSON.stringify(keyId)} ${room}`;
    const known = this.keyByRoom.get(id);
    if (known !== undefined) return known;
    const secret = this.secretById.get(keyId);
    if (secret === undefined) return Promise.reject(unknownKey(keyId));
    const derived = deriveKey(secret, keyId, room).then((key) => ({ key, sealedCount: 0 }));
    this.keyByRoom.set(id, derived);
    return derived;
  }
}

function deriveKey(secret: CryptoKey, keyId: string, room: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: encoder.encode('truetape sealed messages 1'),
      info: encoder.encode(JSON.stringify([keyId, room])),
    },
    secret,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

/** As JSON, so that room `a1` with 2 is not room `a` with 12. */
function boundTo(room: string, seq: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([room, seq]));
}

function parseSealedMessage(message: unknown): SealedMessage {
  if (typeof message !== 'object' || message === null) throw malformed();
  const fields: Partial<Record<keyof SealedMessage, unknown>> = { ...message };
  const { version, keyId, room, seq, sealed } = fields;
  if (
    version !== 1 ||
    typeof keyId !== 'string' ||
    typeof room !== 'string' ||
    typeof seq !== 'number' ||
    !Number.isSafeInteger(seq) ||
    typeof sealed !== 'string'
  ) {
    throw malformed();
  }
  if (sealed.length > Math.ceil((maxSealedBytes + ivBytes + tagBytes) / 3) * 4) throw tooLarge();
  return { version, keyId, room, seq, sealed };
}

function malformed(): SealedMessageError {
  return new SealedMessageError('MALFORMED', 'This is no sealed message.');
}

function tooLarge(): SealedMessageError {
  const text = `A sealed message holds ${maxSealedBytes / 1_048_576} MiB at most.`;
  return new SealedMessageError('TOO_LARGE', text);
}

function unknownKey(keyId: string): SealedMessageError {
  return new SealedMessageError('UNKNOWN_KEY', `No secret with the id ${JSON.stringify(keyId)}.`);
}
