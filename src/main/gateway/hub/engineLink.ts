import { BatchDecoder } from '../../../shared/batch.ts';
import type { MarketBatch } from '../../../shared/batch.ts';
import type {
  BridgeTransport,
  Command,
  CommandAnswers,
  CommandResult,
  HostEvent,
  HostMessage,
  PageMessage,
  TopicSubscription,
} from '../../../shared/bridge.ts';
import type { EngineHost } from '../../engine/host.ts';
import { createBridgePair } from './bridgePair.ts';

export interface EngineLinkOptions {
  readonly host: EngineHost;
  readonly onEvent: (event: HostEvent) => void;
  readonly onBatch: (batch: MarketBatch) => void;
  /** Once; nothing comes after it. */
  readonly onClosed: (reason: string) => void;
}

type LoadCandles = Extract<Command, { type: 'loadCandles' }>;
type CandleAnswer = CommandResult<CommandAnswers['loadCandles']>;

/** A session at the engine as any window has one, but of a program: it acknowledges at once and shows nothing. */
export class EngineLink {
  private readonly options: EngineLinkOptions;
  private readonly transport: BridgeTransport;
  private readonly decoder = new BatchDecoder();
  private readonly answers = new Map<number, (result: CandleAnswer | null) => void>();
  private commands = 0;
  private isOpen = true;

  constructor(options: EngineLinkOptions) {
    this.options = options;
    const { program, host } = createBridgePair();
    this.transport = program;
    options.host.attach(host, {
      window: 'gateway-programs',
      platform: process.platform,
      isProgram: true,
      openWindow: () => Promise.reject(new Error('a program opens no window')),
      openExternal: () => undefined,
      windowControl: () => undefined,
    });
    program.onMessage((bytes) => this.take(bytes));
    program.onClose((reason) => this.end(reason));
  }

  subscribe(topics: readonly TopicSubscription[]): void {
    this.send({ type: 'subscribe', topics });
  }

  /** Null: the link ended before the answer came. */
  loadCandles(command: LoadCandles): Promise<CandleAnswer | null> {
    if (!this.isOpen) return Promise.resolve(null);
    this.commands += 1;
    const id = this.commands;
    return new Promise((resolve) => {
      this.answers.set(id, resolve);
      this.send({ type: 'command', id, command });
    });
  }

  close(): void {
    this.end('closed here');
  }

  private end(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.transport.close();
    for (const answer of this.answers.values()) answer(null);
    this.answers.clear();
    this.options.onClosed(reason);
  }

  private send(message: PageMessage): void {
    if (this.isOpen) this.transport.send(new TextEncoder().encode(JSON.stringify(message)));
  }

  private take(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    if (bytes[0] === openingBrace) {
      this.takeMessage(parseLinkMessage(bytes));
      return;
    }
    let batch: MarketBatch;
    try {
      batch = this.decoder.decode(bytes);
    } catch (error) {
      // What was in it is lost: the next session starts over with everything.
      this.end(`a batch could not be read: ${String(error)}`);
      return;
    }
    this.send({ type: 'ack', sequence: batch.sequence, appliedMs: 0, paintedMs: 0 });
    this.options.onBatch(batch);
  }

  private takeMessage(message: LinkMessage | null): void {
    if (message === null) return;
    if (message.type === 'event') {
      this.options.onEvent(message.event);
      return;
    }
    const answer = this.answers.get(message.id);
    this.answers.delete(message.id);
    answer?.(message.result);
  }
}

const openingBrace = 0x7b;

type LinkMessage =
  | Extract<HostMessage, { readonly type: 'event' }>
  | { readonly type: 'answer'; readonly id: number; readonly result: CandleAnswer };

/** Null for what is no message. The host is this process, so only what tells messages apart is looked at. */
function parseLinkMessage(bytes: Uint8Array): LinkMessage | null {
  const raw: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return isLinkMessage(raw) ? raw : null;
}

/** Answers are of the only command that a program sends. */
function isLinkMessage(raw: unknown): raw is LinkMessage {
  if (typeof raw !== 'object' || raw === null || !('type' in raw)) return false;
  return (raw.type === 'event' && 'event' in raw) || (raw.type === 'answer' && 'result' in raw);
}
