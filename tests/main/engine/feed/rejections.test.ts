import { expect, test } from 'vitest';
import type { Instrument } from '../../../../src/shared/market.ts';
import { instrumentId } from '../../../../src/shared/market.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { Deadlines } from '../../../../src/main/engine/deadlines.ts';
import type { FeedContext } from '../../../../src/main/engine/feed/feedContext.ts';
import { Subscriptions } from '../../../../src/main/engine/feed/subscriptions.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import type { AckEvent } from '../../../../src/main/engine/venues/venue.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

/** One market that the venue has never heard of, listed all the same. */
function listUnknown(engine: EngineOnLinks, venue: VenueId, venueSymbol: string): void {
  const known = engine.view
    .markets()
    .flatMap((market) => engine.view.instrumentsOf(market))
    .filter((instrument) => instrument.venue === venue);
  const [template] = known;
  if (template === undefined) throw new Error('no instruments yet');
  const unknown: Instrument = {
    ...template,
    id: instrumentId(venue, 'NOPE-USDT'),
    venueSymbol,
    market: 'NOPE-USDT',
    base: 'NOPE',
  };
  engine.shell.command({ type: 'instruments', venue, instruments: [...known, unknown] });
}

test.each([
  ['bybit', 'NOPEUSDT'],
  ['okx', 'NOPE-USDT'],
] as const)(
  '%s: a refused topic fails alone, the others of its request are live',
  (venue, symbol) => {
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 300 });
    engine.run(500);
    listUnknown(engine, venue, symbol);
    engine.want(['BTC-USDT', 'NOPE-USDT', 'ETH-USDT']);
    engine.run(4_000);
    const { streams, connections, errors } = engine.view.health();
    const statusOf = (market: string): string[] =>
      streams
        .filter((each) => each.instrument === `${venue}:${market}`)
        .map(({ status }) => status);
    expect(statusOf('BTC-USDT')).toEqual(['live', 'live', 'live', 'live']);
    expect(statusOf('ETH-USDT')).toEqual(['live', 'live', 'live', 'live']);
    expect(statusOf('NOPE-USDT')).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(connections.map(({ status, reconnects }) => [status, reconnects])).toEqual([
      ['live', 0],
    ]);
    expect(errors.filter(({ type }) => type === 'subscription').length).toBeGreaterThanOrEqual(4);
    const sent = engine.effectsOf('send').length;
    engine.run(60_000, undefined, 5);
    const retried = engine.effectsOf('send').length - sent;
    expect(retried).toBeGreaterThan(4);
    expect(retried).toBeLessThan(60);
    expect(engine.simulator.oracle.counters()[venue]?.limitBreaches).toBe(0);
    engine.close();
  },
);

interface Desk {
  readonly subscriptions: Subscriptions;
  readonly sent: string[];
  readonly events: string[];
  readonly context: FeedContext;
  passTo(nowMs: number): void;
}

function openDesk(venueName: VenueId): Desk {
  const sent: string[] = [];
  const events: string[] = [];
  const deadlines = new Deadlines();
  let requestId = 0;
  const time = { receivedTime: 0, monotonicMs: 0 };
  const context: FeedContext = {
    get nowMs() {
      return time.monotonicMs;
    },
    time: 0,
    inputTime: time,
    deadlines,
    emit: (effect) => {
      if (effect.type === 'send') sent.push(effect.text);
    },
    report: () => undefined,
    log: () => undefined,
    nextRequestId: () => {
      requestId += 1;
      return String(requestId);
    },
    nextRestId: () => 0,
  };
  const subscriptions = new Subscriptions(createVenue(venueName), 'c#1', 1, {
    onSubscribed: (topic) => events.push(`subscribed ${topic}`),
    onRejected: (topic, code) => events.push(`rejected ${topic} ${code}`),
    onUnanswered: (topics) => events.push(`unanswered ${topics.join(',')}`),
    onSent: () => undefined,
  });
  return {
    subscriptions,
    sent,
    events,
    context,
    passTo(nowMs) {
      time.monotonicMs = nowMs;
      for (let due = deadlines.takeDue(nowMs); due !== null; due = deadlines.takeDue(nowMs)) {
        const [, , rest = ''] = due.subject.split('/');
        if (due.kind === 'pump') subscriptions.pump(context);
        if (due.kind === 'ack') subscriptions.onAckTimeout(rest, context);
        if (due.kind === 'rejected') subscriptions.retryRejected(rest, context);
      }
    },
  };
}

const ack: AckEvent = {
  type: 'ack',
  operation: 'subscribe',
  requestId: null,
  topics: null,
  outcome: 'accepted',
  rejectedTopic: null,
  code: '',
  text: '',
};

test('"already subscribed" is a success, and an ack of another request confirms nothing', () => {
  const desk = openDesk('bybit');
  desk.subscriptions.want('publicTrade.BTCUSDT');
  desk.subscriptions.want('tickers.BTCUSDT');
  desk.subscriptions.pump(desk.context);
  desk.subscriptions.onAck({ ...ack, requestId: '99' }, desk.context);
  expect(desk.events).toEqual([]);
  desk.subscriptions.onAck(
    { ...ack, requestId: '1', outcome: 'already-subscribed', code: 'x' },
    desk.context,
  );
  expect(desk.events).toEqual(['subscribed publicTrade.BTCUSDT', 'subscribed tickers.BTCUSDT']);
  desk.subscriptions.onAck({ ...ack, requestId: '1' }, desk.context);
  expect([desk.events.length, desk.sent.length]).toEqual([2, 1]);
});

test('data without an ack confirms; neither of both is asked once more, then given up', () => {
  const desk = openDesk('binance');
  desk.subscriptions.want('btcusdt@trade');
  desk.subscriptions.want('btcusdt@ticker');
  desk.subscriptions.pump(desk.context);
  desk.subscriptions.onData('btcusdt@trade');
  expect(desk.events).toEqual(['subscribed btcusdt@trade']);
  desk.passTo(10_000);
  expect(desk.sent.map((text) => text.includes('btcusdt@trade'))).toEqual([true, false]);
  desk.passTo(20_001);
  expect(desk.events).toEqual(['subscribed btcusdt@trade', 'unanswered btcusdt@ticker']);
});

test('a refusal without a name sends each topic of the request alone', () => {
  const desk = openDesk('bybit');
  for (const topic of ['a', 'b', 'c']) desk.subscriptions.want(topic);
  desk.subscriptions.pump(desk.context);
  desk.subscriptions.onAck({ ...ack, requestId: '1', outcome: 'rejected' }, desk.context);
  expect(desk.sent.length).toBe(4);
  desk.subscriptions.onAck(
    { ...ack, requestId: '3', outcome: 'rejected', code: '7' },
    desk.context,
  );
  desk.subscriptions.onAck({ ...ack, requestId: '2' }, desk.context);
  desk.subscriptions.onAck({ ...ack, requestId: '4' }, desk.context);
  expect(desk.events).toEqual(['rejected b 7', 'subscribed a', 'subscribed c']);
  desk.passTo(5_000);
  expect(desk.sent.length).toBe(5);
});

test('subscribing again waits for the ack of the unsubscription', () => {
  const desk = openDesk('okx');
  desk.subscriptions.want('books:BTC-USDT');
  desk.subscriptions.pump(desk.context);
  desk.subscriptions.onAck({ ...ack, requestId: '1' }, desk.context);
  desk.subscriptions.resubscribe('books:BTC-USDT', desk.context);
  expect(desk.sent.map((text) => text.includes('"unsubscribe"'))).toEqual([false, true]);
  desk.subscriptions.onAck({ ...ack, requestId: '2', operation: 'unsubscribe' }, desk.context);
  expect(desk.sent.map((text) => text.includes('"unsubscribe"'))).toEqual([false, true, false]);
});

test('two hundred topics switched on and off stay within five frames a second', () => {
  const desk = openDesk('binance');
  const sentMs: number[] = [];
  let known = 0;
  for (let now = 0; now < 10_000; now += 10) {
    desk.passTo(now);
    const topic = `s${(now / 10) % 200}@trade`;
    if (now < 4_000) {
      if ((now / 2_000) % 2 < 1) desk.subscriptions.want(topic);
      else desk.subscriptions.drop(topic);
      desk.subscriptions.pump(desk.context);
    }
    while (known < desk.sent.length) {
      known += 1;
      sentMs.push(now);
      desk.subscriptions.onAck(
        { ...ack, requestId: String(known), operation: 'other' },
        desk.context,
      );
    }
  }
  for (const time of sentMs) {
    const inSecond = sentMs.filter((other) => other > time - 1_000 && other <= time).length;
    expect(inSecond).toBeLessThanOrEqual(4);
  }
  expect(sentMs.length).toBeGreaterThan(4);
});
