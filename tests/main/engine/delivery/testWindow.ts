import type { DeliveryProbe } from '../../../../src/main/engine/delivery/session.ts';
import { WindowSession } from '../../../../src/main/engine/delivery/session.ts';
import type { MarketBatch } from '../../../../src/shared/batch.ts';
import { BatchDecoder, maxBatchBytes } from '../../../../src/shared/batch.ts';
import type {
  Command,
  CommandResult,
  HostMessage,
  PageMessage,
  TopicRequest,
} from '../../../../src/shared/bridge.ts';
import { bridgeSchemaVersion } from '../../../../src/shared/bridge.ts';
import { defaultSettings } from '../../../../src/shared/settings.ts';
import { FakeCore } from '../../../support/fakeCore.ts';
import { hostView } from '../../../support/hostViews.ts';
import { createMemoryPair } from '../../../support/memoryTransport.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

export interface TestWindowOptions {
  readonly limits?: { readonly events: number; readonly bytes: number };
  readonly roundTripMs?: number;
  readonly runCommand?: (command: Command) => Promise<CommandResult<unknown>>;
  readonly probe?: DeliveryProbe;
  readonly goneAtOnce?: boolean;
}

const startTime = 1_700_000_000_000;

/** A session whose page is the test: batches arrive decoded, acknowledgements are sent by hand. */
export class TestWindow {
  readonly clock = new VirtualClock();
  readonly core = new FakeCore(() => startTime + this.clock.monotonicMs());
  readonly batches: MarketBatch[] = [];
  readonly messages: HostMessage[] = [];
  readonly arrivals: number[] = [];
  readonly requests: (readonly TopicRequest[])[] = [];
  readonly reports: string[] = [];
  readonly session: WindowSession;
  /** Acknowledge each batch this long after it arrived; null: by hand. */
  ackAfterMs: number | null = null;
  largest = 0;
  maxInFlight = 0;
  closed = 0;
  readonly #pair;
  readonly #decoder = new BatchDecoder();

  constructor(options: TestWindowOptions = {}) {
    this.#pair = createMemoryPair({
      deliver: (arrive) => arrive(),
      roundTripMs: () => options.roundTripMs ?? null,
    });
    if (options.goneAtOnce === true) this.#pair.page.close();
    this.session = new WindowSession({
      transport: this.#pair.host,
      source: { source: 'simulated', view: this.core, now: () => this.core.time },
      host: hostView(() => startTime, {
        links: () => [{ group: 1, market: 'BTC-USDT', interval: '1m' }],
      }),
      hello: {
        type: 'hello',
        schemaVersion: bridgeSchemaVersion,
        appVersion: '0.0.0',
        host: 'gateway',
        window: 'main',
        source: 'simulated',
        platform: 'test',
        settings: defaultSettings(),
      },
      clock: this.clock,
      runCommand: options.runCommand ?? (() => Promise.resolve({ ok: true, value: null })),
      onRequests: (requests) => this.requests.push(requests),
      onClosed: () => this.closed++,
      report: (text) => this.reports.push(text),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.probe === undefined ? {} : { probe: options.probe }),
    });
    this.#pair.page.onMessage((bytes) => this.#receive(bytes));
    this.clock.advance(0);
  }

  send(message: PageMessage): void {
    this.sendRaw(new TextEncoder().encode(JSON.stringify(message)));
  }

  sendRaw(bytes: Uint8Array): void {
    this.#pair.page.send(bytes);
  }

  /** Ids are the places in the list, from 1. */
  subscribe(...requests: readonly TopicRequest[]): void {
    this.send({
      type: 'subscribe',
      topics: requests.map((request, index) => ({ id: index + 1, request })),
    });
  }

  ack(sequence = this.batches.at(-1)?.sequence ?? 0): void {
    this.send({ type: 'ack', sequence, appliedMs: 1, paintedMs: 5 });
  }

  show(visible: boolean): void {
    this.send({ type: 'visibility', visible });
  }

  disconnect(): void {
    this.#pair.page.close();
  }

  /** Values of a subscription over all batches, in order. */
  valuesOf(subscription: number): unknown[] {
    return this.batches
      .flatMap((batch) => batch.records)
      .filter((record) => record.subscription === subscription)
      .flatMap((record) => (record.update === null ? [] : [record.update.value]));
  }

  #receive(bytes: Uint8Array): void {
    if (bytes[0] === 0x7b) {
      const message: HostMessage = JSON.parse(new TextDecoder().decode(bytes));
      this.messages.push(message);
      return;
    }
    this.largest = Math.max(this.largest, bytes.length);
    if (bytes.length > maxBatchBytes) throw new Error(`batch of ${bytes.length} bytes`);
    const batch = this.#decoder.decode(bytes);
    this.batches.push(batch);
    this.arrivals.push(this.clock.monotonicMs());
    this.maxInFlight = Math.max(this.maxInFlight, this.session.counters.inFlight);
    if (this.ackAfterMs !== null) {
      this.clock.after(this.ackAfterMs, () => this.ack(batch.sequence));
    }
  }
}
