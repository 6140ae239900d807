import type { AttachedWindow, EngineHost } from '../../../../src/main/engine/host.ts';
import type { MarketBatch } from '../../../../src/shared/batch.ts';
import { BatchDecoder } from '../../../../src/shared/batch.ts';
import type {
  Command,
  CommandAnswers,
  CommandResult,
  HostEvent,
  HostMessage,
  PageMessage,
  TopicName,
  TopicRequest,
} from '../../../../src/shared/bridge.ts';
import type { TopicValues } from '../../../../src/shared/topics.ts';
import type { MemoryPair } from '../../../support/memoryTransport.ts';
import { createMemoryPair } from '../../../support/memoryTransport.ts';

/** A page on a whole host: decodes what it is told, acknowledges at once, and asks. */
export class HostPage {
  readonly batches: MarketBatch[] = [];
  readonly events: HostEvent[] = [];
  /** Windows that the host asked for on behalf of this page. */
  readonly opened: string[] = [];
  readonly revealed: string[] = [];
  readonly window: string;
  private readonly pair: MemoryPair = createMemoryPair();
  private readonly decoder = new BatchDecoder();
  private readonly answers = new Map<number, (result: CommandResult<unknown>) => void>();
  private topics: readonly TopicName[] = [];
  private lastId = 0;

  constructor(host: EngineHost, window: string, changes: Partial<AttachedWindow> = {}) {
    this.window = window;
    this.pair.page.onMessage((bytes) => this.take(bytes));
    host.attach(this.pair.host, {
      window,
      platform: 'linux',
      openWindow: ({ isReplay }) => {
        const id = `${isReplay ? 'replay-' : 'w-'}${String(this.opened.length)}-of-${window}`;
        this.opened.push(id);
        return Promise.resolve({ window: id, address: null });
      },
      openExternal: () => undefined,
      windowControl: () => undefined,
      ...changes,
    });
  }

  subscribe(...requests: readonly TopicRequest[]): void {
    this.topics = requests.map(({ topic }) => topic);
    const topics = requests.map((request, index) => ({ id: index + 1, request }));
    this.send({ type: 'subscribe', topics });
  }

  command<Type extends Command['type']>(
    command: Extract<Command, { type: Type }>,
  ): Promise<CommandResult<CommandAnswers[Type]>> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve) => {
      this.answers.set(id, (result) => resolve(result as CommandResult<CommandAnswers[Type]>));
      this.send({ type: 'command', id, command });
    });
  }

  /** The answer's value; a refusal fails the test with its words. */
  async run<Type extends Command['type']>(
    command: Extract<Command, { type: Type }>,
  ): Promise<CommandAnswers[Type]> {
    const result = await this.command<Type>(command);
    if (!result.ok) throw new Error(`${command.type}: ${result.message}`);
    return result.value;
  }

  /** What is held of a topic; null where it has no value, or none any more. */
  latest<Name extends TopicName>(topic: Name): TopicValues[Name] | null {
    const id = this.topics.indexOf(topic) + 1;
    for (const { records } of this.batches.toReversed()) {
      const record = records.findLast(({ subscription }) => subscription === id);
      if (record === undefined) continue;
      const { update } = record;
      return update?.topic === topic ? (update.value as TopicValues[Name]) : null;
    }
    return null;
  }

  /** All that it was told of a topic: what is over soon may be over when a busy machine looks. */
  told<Name extends TopicName>(topic: Name): readonly TopicValues[Name][] {
    const id = this.topics.indexOf(topic) + 1;
    return this.batches.flatMap(({ records }) =>
      records.flatMap(({ subscription, update }) =>
        subscription === id && update?.topic === topic ? [update.value as TopicValues[Name]] : [],
      ),
    );
  }

  get sources(): readonly string[] {
    return [...new Set(this.batches.map(({ source }) => source))];
  }

  leave(): void {
    this.pair.page.close();
  }

  private send(message: PageMessage): void {
    this.pair.page.send(new TextEncoder().encode(JSON.stringify(message)));
  }

  private take(bytes: Uint8Array): void {
    if (bytes[0] !== 0x7b) {
      const batch = this.decoder.decode(bytes);
      this.batches.push(batch);
      this.send({ type: 'ack', sequence: batch.sequence, appliedMs: 0, paintedMs: 1 });
      return;
    }
    const message: HostMessage = JSON.parse(new TextDecoder().decode(bytes));
    if (message.type === 'event') this.events.push(message.event);
    else this.answers.get(message.id)?.(message.result);
  }
}
