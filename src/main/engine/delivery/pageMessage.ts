import * as v from 'valibot';
import type { CommandResult, PageMessage } from '../../../shared/bridge.ts';
import { pageMessageSchema } from '../../../shared/bridge.ts';

export type ParsedPageMessage =
  | { readonly message: PageMessage }
  | {
      readonly message: null;
      readonly reason: string;
      /** Of a command that is not valid: it is answered, so that nobody waits for it. */
      readonly commandId: number | null;
    };

const maxMessageBytes = 1024 * 1024;
const commandEnvelope = v.object({
  type: v.literal('command'),
  id: v.pipe(v.number(), v.safeInteger()),
});

export function parsePageMessage(bytes: Uint8Array): ParsedPageMessage {
  if (bytes.length > maxMessageBytes) {
    return { message: null, reason: `${bytes.length} bytes`, commandId: null };
  }
  const raw = parseJson(bytes);
  const parsed = v.safeParse(pageMessageSchema, raw);
  if (parsed.success) return { message: parsed.output };
  const command = v.safeParse(commandEnvelope, raw);
  return {
    message: null,
    reason: parsed.issues[0].message,
    commandId: command.success ? command.output.id : null,
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

export function refusal(
  code: 'invalid-command' | 'not-available' | 'internal',
  message: string,
): CommandResult<never> {
  return { ok: false, code, message, candidates: [] };
}
