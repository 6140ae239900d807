import type {
  ClientOptions,
  ClientSession,
  ClientSink,
  MarketHub,
  OutboundUpdates,
} from '../../src/main/gateway/hub/clientContract.ts';
import type { HubLimits } from '../../src/main/gateway/hub/hubLimits.ts';
import { createMarketHub } from '../../src/main/gateway/hub/createMarketHub.ts';
import type { GatewayError } from '../../src/shared/gateway/errors.ts';
import type { SubscribeRequest } from '../../src/shared/gateway/requests.ts';
import type { ServerMessage, WireUpdate, WireUpdateType } from '../../src/shared/gateway/wire.ts';
import { FakeMarketFeed } from './fakeMarketFeed.ts';
import { VirtualClock } from './virtualClock.ts';

export const startWallMs = 1_790_000_000_000;

/** A transport that keeps what it is given; `isReading` false: bytes pile up in it. */
export class FakeSink implements ClientSink {
  readonly batches: OutboundUpdates[] = [];
  readonly messages: Exclude<ServerMessage, { readonly type: 'updates' }>[] = [];
  readonly updates: WireUpdate[] = [];
  /** Order of all that was sent: types of updates and messages. */
  readonly order: string[] = [];
  isReading = true;
  buffered = 0;
  ended: GatewayError | null = null;

  bufferedBytes(): number {
    return this.buffered;
  }

  sendUpdates(updates: OutboundUpdates): void {
    if (this.ended !== null) throw new Error('sent after its end');
    this.batches.push(updates);
    for (const record of updates.records) {
      if (!this.isReading) this.buffered += record.json().length;
      this.updates.push(record.update);
      this.order.push(record.update.type);
    }
  }

  sendMessage(message: (typeof this.messages)[number]): void {
    if (this.ended !== null) throw new Error('sent after its end');
    this.messages.push(message);
    this.order.push(message.type);
  }

  end(error: GatewayError): void {
    this.ended = error;
  }

  of<Type extends WireUpdateType>(type: Type): Extract<WireUpdate, { readonly type: Type }>[] {
    return this.updates.filter(
      (update): update is Extract<WireUpdate, { readonly type: Type }> => update.type === type,
    );
  }

  get tradeIds(): readonly string[] {
    return this.of('trade_update').map(({ trade }) => trade.id);
  }

  get statuses(): readonly string[] {
    return this.messages.flatMap((message) => (message.type === 'status' ? [message.status] : []));
  }

  get resyncs(): readonly Extract<ServerMessage, { readonly type: 'resync' }>[] {
    return this.messages.flatMap((message) => (message.type === 'resync' ? [message] : []));
  }
}

export interface HubClientAt {
  readonly session: ClientSession;
  readonly sink: FakeSink;
}

/** A hub on virtual time over a feed that the test drives. */
export class HubBench {
  readonly clock = new VirtualClock();
  readonly feed = new FakeMarketFeed(() => this.wallMs());
  readonly hub: MarketHub;

  constructor(limits: Partial<HubLimits> = {}) {
    this.hub = createMarketHub({
      feed: this.feed,
      clock: {
        monotonicMs: () => this.clock.monotonicMs(),
        wallMs: () => this.wallMs(),
        after: (delayMs, run) => this.clock.after(delayMs, run),
      },
      version: '1.2.3',
      log: () => undefined,
      limits,
    });
  }

  wallMs(): number {
    return startWallMs + this.clock.monotonicMs();
  }

  open(options: Partial<ClientOptions> = {}): HubClientAt {
    const sink = new FakeSink();
    const principal = { user: 'ada', family: 'f1', expiresTime: null };
    const opened = this.hub.open({
      ...{ transport: 'websocket', principal, address: '127.0.0.1', sink },
      ...options,
    });
    if ('code' in opened) throw new Error(opened.message);
    return { session: opened, sink };
  }

  subscribed(
    channels: readonly string[],
    request: Partial<SubscribeRequest> = {},
    options: Partial<ClientOptions> = {},
  ): HubClientAt {
    const client = this.open(options);
    client.session.subscribe(subscribeTo(channels, request));
    return client;
  }
}

export function subscribeTo(
  channels: readonly string[],
  request: Partial<SubscribeRequest> = {},
): SubscribeRequest {
  return { type: 'subscribe', channels: [...channels], ...request };
}
