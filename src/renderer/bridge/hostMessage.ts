import type { CommandResult, HostEvent } from '../../shared/bridge.ts';

/** As read by the page: the answer's type is that of the command which its id names. */
export type ReceivedMessage =
  | { readonly type: 'event'; readonly event: HostEvent }
  | { readonly type: 'answer'; readonly id: number; readonly result: CommandResult<never> };

/** Null for what is no message of a host. The host is ours, so only what tells messages apart is checked. */
export function parseHostMessage(bytes: Uint8Array): ReceivedMessage | null {
  const raw = parseJson(bytes);
  return isReceivedMessage(raw) ? raw : null;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function isReceivedMessage(raw: unknown): raw is ReceivedMessage {
  if (!isObject(raw)) return false;
  const { type, event, id, result } = raw;
  if (type === 'event') return isObject(event) && typeof event['type'] === 'string';
  return (
    type === 'answer' &&
    typeof id === 'number' &&
    isObject(result) &&
    typeof result['ok'] === 'boolean'
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
