import { WindowSession } from '../../src/main/engine/delivery/session.ts';
import { BatchDecoder } from '../../src/shared/batch.ts';
import { bridgeSchemaVersion } from '../../src/shared/bridge.ts';
import type { PageMessage } from '../../src/shared/bridge.ts';
import { defaultSettings } from '../../src/shared/settings.ts';
import type { EngineOnLinks } from './engineOnLinks.ts';
import { hostView } from './hostViews.ts';
import { createMemoryPair } from './memoryTransport.ts';

export const slowWindowLimits = { events: 200, bytes: 16 * 1024 };

/**
 * A window on the trades, gaps and incidents of an engine whose page takes its time: events overflow, and each lost one must be
 * counted.
 */
export class SlowWindow {
  readonly session: WindowSession;
  private told = 0;
  private arrived = 0;
  private dropped = 0;
  private readonly engine: EngineOnLinks;
  private readonly pair = createMemoryPair({ deliver: (arrive) => arrive() });
  private readonly decoder = new BatchDecoder();
  private readonly ackAfterMs: () => number;

  constructor(engine: EngineOnLinks, markets: readonly string[], ackAfterMs: () => number) {
    this.engine = engine;
    this.ackAfterMs = ackAfterMs;
    const startedTime = engine.links.clockPort.wallMs();
    const { clock } = engine.links;
    this.session = new WindowSession({
      transport: this.pair.host,
      source: {
        source: 'simulated',
        view: engine.view,
        now: () => engine.links.clockPort.wallMs(),
      },
      host: hostView(() => startedTime),
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
      clock,
      runCommand: () => Promise.resolve({ ok: true, value: null }),
      onRequests: () => undefined,
      onClosed: () => undefined,
      report: () => undefined,
      limits: slowWindowLimits,
    });
    this.pair.page.onMessage((bytes) => this.receive(bytes));
    clock.advance(0);
    this.send({
      type: 'subscribe',
      topics: [
        ...markets.map((market, index) => ({
          id: index + 1,
          request: { topic: 'trades' as const, market },
        })),
        { id: 101, request: { topic: 'gaps' } },
        { id: 102, request: { topic: 'incidents' } },
      ],
    });
    engine.view.listen({
      onTrade: () => (this.told += 1),
      onClosedCandle: () => undefined,
      onGap: () => undefined,
      onIncident: () => undefined,
      onDirty: () => undefined,
    });
  }

  /** Null: nothing waits beyond the bound, and each trade told arrived, waits or was counted as lost. */
  problem(): string | null {
    const { queuedEvents, tradesDropped } = this.session.counters;
    if (queuedEvents > slowWindowLimits.events) return `${queuedEvents} events wait for a window`;
    if (this.dropped > tradesDropped)
      return `${this.dropped} trades said to be lost, not ${tradesDropped}`;
    const accounted = this.arrived + tradesDropped + queuedEvents;
    return accounted < this.told ? `${this.told} trades told, ${accounted} accounted for` : null;
  }

  private receive(bytes: Uint8Array): void {
    if (bytes[0] === 0x7b) return;
    const batch = this.decoder.decode(bytes);
    for (const { subscription, update } of batch.records) {
      if (update === null || subscription > 100) continue;
      const row: unknown = update.value;
      if (typeof row !== 'object' || row === null || !('type' in row)) continue;
      if (row.type === 'trade') this.arrived += 1;
      else if ('count' in row && typeof row.count === 'number') this.dropped += row.count;
    }
    this.engine.links.clock.after(this.ackAfterMs(), () =>
      this.send({ type: 'ack', sequence: batch.sequence, appliedMs: 1, paintedMs: 5 }),
    );
  }

  private send(message: PageMessage): void {
    this.pair.page.send(new TextEncoder().encode(JSON.stringify(message)));
  }
}
