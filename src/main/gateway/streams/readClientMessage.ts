import type { RawData } from 'ws';
import * as v from 'valibot';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import { clientMessageSchema } from '../../../shared/gateway/requests.ts';
import type { ClientMessage } from '../../../shared/gateway/requests.ts';
import { requestError } from './parseRequest.ts';
import type { SocketEncoding } from './socketEncoding.ts';

export interface BadMessage {
  /** The client's number of the request, where it can be seen. */
  readonly id: string | null;
  readonly error: GatewayError;
}

export function readClientMessage(
  encoding: SocketEncoding,
  bytes: Buffer,
  isBinary: boolean,
): ClientMessage | BadMessage {
  if (isBinary !== encoding.isBinary) return unreadable(encoding);
  let value: unknown;
  try {
    value = encoding.parse(bytes);
  } catch {
    return unreadable(encoding);
  }
  const parsed = v.safeParse(clientMessageSchema, value);
  if (parsed.success) return parsed.output;
  return { id: idOf(value), error: requestError(parsed.issues, 'message') };
}

function unreadable({ isBinary }: SocketEncoding): BadMessage {
  const words = isBinary ? 'binary messages of MessagePack' : 'text messages of JSON';
  const message = `The message is not understood: this connection takes ${words} of at most ${gatewayLimits.maxMessageBytes} bytes.`;
  return { id: null, error: { code: 'INVALID_REQUEST', message } };
}

function idOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('id' in value)) return null;
  return typeof value.id === 'string' && value.id.length <= 64 ? value.id : null;
}

export function bytesOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return message instanceof ArrayBuffer ? Buffer.from(message) : message;
}
