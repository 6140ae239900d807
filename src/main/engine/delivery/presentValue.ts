import { assertNever } from '../../../shared/assert.ts';
import { beginRecord, endRecord } from '../../../shared/batch.ts';
import type { TopicName, TopicRequest } from '../../../shared/bridge.ts';
import type { ByteWriter } from '../../../shared/bytes.ts';
import { encodeTrade } from '../../../shared/codecs/tape.ts';
import type { FeedHealth } from '../../../shared/feedHealth.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import { topics } from '../../../shared/topics.ts';
import type { TopicValues } from '../../../shared/topics.ts';
import type { CoreView } from '../coreView.ts';
import { EncodedValues } from './encodedValues.ts';
import type { HostView } from './deliverySource.ts';
import type { QueuedEvent } from './eventQueue.ts';
import type { Subscription } from './subscription.ts';

const healthBytes = new EncodedValues<FeedHealth>();

/** How many rows a tape starts with, also when a hidden window is shown again. */
export const tapeStart = 500;

/**
 * Writes what a subscription has to be told now, read from the core at this moment: the whole present value behind a
 * reset when it is fresh, else what changed.
 */
export function writePresent(
  writer: ByteWriter,
  subscription: Subscription,
  view: CoreView,
  host: HostView,
): void {
  const { request } = subscription;
  const out = new RecordWriter(writer, subscription);
  switch (request.topic) {
    case 'price':
      out.put('price', view.priceOf(request.market));
      break;
    case 'quote':
      for (const quote of view.quotesOf(request.market)) {
        if (isWanted(subscription, quote.instrument)) out.put('quote', quote);
      }
      break;
    case 'ticker':
      for (const ticker of view.tickersOf(request.market)) {
        if (isWanted(subscription, ticker.instrument)) out.put('ticker', ticker);
      }
      break;
    case 'trades':
      if (subscription.fresh) writeTapeStart(out, writer, subscription, request.market, view);
      else writeDropped(writer, subscription, request.market);
      break;
    case 'book':
      out.put('book', view.bookView(request));
      break;
    case 'candle': {
      const open = view.openCandle(request.market, request.venue, request.interval);
      if (open !== null) out.put('candle', open);
      break;
    }
    case 'gaps':
      if (subscription.fresh) for (const gap of view.gaps()) out.put('gaps', gap);
      break;
    case 'incidents':
      if (subscription.fresh) {
        for (const incident of view.incidents()) out.put('incidents', incident);
      }
      break;
    case 'health':
      out.putEncoded('health', view.health(), healthBytes);
      break;
    default:
      writeOfHost(out, request, host);
  }
  out.finish();
}

type HostRequest = Extract<
  TopicRequest,
  { topic: 'status' | 'links' | 'latency' | 'recordings' | 'exports' | 'marks' | 'metrics' }
>;

/** What the host contributes beside the core. */
function writeOfHost(out: RecordWriter, request: HostRequest, host: HostView): void {
  switch (request.topic) {
    case 'status':
      out.put('status', host.status());
      break;
    case 'latency':
      out.put('latency', host.latency(request.span));
      break;
    case 'recordings':
      out.put('recordings', host.recordings());
      break;
    case 'exports':
      out.put('exports', host.exports());
      break;
    case 'marks':
      out.put('marks', host.marks());
      break;
    case 'metrics':
      out.put('metrics', host.metrics());
      break;
    case 'links':
      for (const link of host.links()) out.put('links', link);
      break;
    default:
      assertNever(request);
  }
}

/** Writes one queued event; a trade behind the row that counts those lost before it. */
export function writeEvent(writer: ByteWriter, event: QueuedEvent): void {
  const { subscription } = event;
  switch (event.type) {
    case 'trade': {
      const { request } = subscription;
      if (request.topic === 'trades') writeDropped(writer, subscription, request.market);
      const lengthAt = beginRecord(writer, subscription.id, topics.trades.code, false, true);
      encodeTrade(writer, event.value, subscription.nextOrdinal + subscription.dropped);
      endRecord(writer, lengthAt);
      break;
    }
    case 'candle':
      new RecordWriter(writer, subscription, false).put('candle', event.value);
      break;
    case 'gap':
      new RecordWriter(writer, subscription, false).put('gaps', event.value);
      break;
    case 'incident':
      new RecordWriter(writer, subscription, false).put('incidents', event.value);
      break;
    default:
      assertNever(event);
  }
}

/** After the event has gone out: the ordinals of lost trades stay a hole in the session's count. */
export function settleEvent(event: QueuedEvent): void {
  if (event.type !== 'trade') return;
  event.subscription.settleDropped();
  event.subscription.nextOrdinal++;
}

/** A reset without a value: the page shows nothing rather than something old. */
export function writeReset(writer: ByteWriter, subscription: Subscription): void {
  const { code } = topics[subscription.request.topic];
  endRecord(writer, beginRecord(writer, subscription.id, code, true, false));
}

/** Records of one subscription: the first of a fresh one carries the reset. */
class RecordWriter {
  readonly #writer: ByteWriter;
  readonly #subscription: Subscription;
  #reset: boolean;

  constructor(writer: ByteWriter, subscription: Subscription, reset = subscription.fresh) {
    this.#writer = writer;
    this.#subscription = subscription;
    this.#reset = reset;
  }

  put<Name extends TopicName>(topic: Name, value: TopicValues[Name]): void {
    const kind = topics[topic];
    const lengthAt = this.begin(kind.code);
    kind.encode(this.#writer, value);
    endRecord(this.#writer, lengthAt);
  }

  /** A value that several windows are told, written once for all of them. */
  putEncoded<Name extends TopicName>(
    topic: Name,
    value: TopicValues[Name],
    cache: EncodedValues<TopicValues[Name]>,
  ): void {
    const lengthAt = this.begin(topics[topic].code);
    this.#writer.raw(cache.bytesOf(value, topics[topic].encode));
    endRecord(this.#writer, lengthAt);
  }

  begin(code: number): number {
    const reset = this.#reset;
    this.#reset = false;
    return beginRecord(this.#writer, this.#subscription.id, code, reset, true);
  }

  /** A fresh subscription that has no value yet is reset all the same. */
  finish(): void {
    if (this.#reset) writeReset(this.#writer, this.#subscription);
  }
}

function isWanted(subscription: Subscription, instrument: string): boolean {
  if (subscription.fresh) return true;
  const parts = parseInstrumentId(instrument);
  return parts !== null && subscription.isChanged(parts.venue);
}

function writeTapeStart(
  out: RecordWriter,
  writer: ByteWriter,
  subscription: Subscription,
  market: string,
  view: CoreView,
): void {
  let ordinal = 0;
  for (const trade of view.recentTrades(market, tapeStart)) {
    const lengthAt = out.begin(topics.trades.code);
    encodeTrade(writer, trade, ordinal++);
    endRecord(writer, lengthAt);
  }
  subscription.nextOrdinal = ordinal;
}

function writeDropped(writer: ByteWriter, subscription: Subscription, market: string): void {
  if (subscription.dropped === 0) return;
  const lengthAt = beginRecord(writer, subscription.id, topics.trades.code, false, true);
  topics.trades.encode(writer, { type: 'tradesDropped', market, count: subscription.dropped });
  endRecord(writer, lengthAt);
}
