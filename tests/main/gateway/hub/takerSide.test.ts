import { expect, onTestFinished, test } from 'vitest';
import { writeRecord } from '../../../../src/main/gateway/hub/writeRecord.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { framesOf } from '../../../support/decoding.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { hearTrades } from '../../../support/tradesHeard.ts';

const binanceFile = 'binance-spot/btcusdt-20240808-first3000.ndjson.gz';
const okxFile = 'samples/okx-ws.ndjson';

/** The recorded frame with this text. */
function recorded(file: string, text: string): string {
  const frame = framesOf(file).find((each) => each.includes(text));
  if (frame === undefined) throw new Error(`no ${text} in ${file}`);
  return frame;
}

interface Frame {
  readonly venue: VenueId;
  readonly text: string;
  /** `side` is that of who took, as the venue documents its own field. */
  readonly trades: readonly {
    readonly id: string;
    readonly price: number;
    readonly size: number;
    readonly side: 'buy' | 'sell';
    readonly timestamp: number;
  }[];
}

const frames: readonly Frame[] = [
  {
    // `m`: the buyer was the maker, so who sold took.
    venue: 'binance',
    text: recorded(binanceFile, '"t":3735683259,'),
    trades: [
      { id: '3735683259', price: 61837.63, size: 0.02, side: 'sell', timestamp: 1723161255342 },
    ],
  },
  {
    venue: 'binance',
    text: recorded(binanceFile, '"t":3735683305,'),
    trades: [
      { id: '3735683305', price: 61828.02, size: 0.0081, side: 'buy', timestamp: 1723161255856 },
    ],
  },
  {
    // Written in another way than usual: the same by the slower reader.
    venue: 'binance',
    text: recorded(binanceFile, '"t":3735683259,').replaceAll('":', '": '),
    trades: [
      { id: '3735683259', price: 61837.63, size: 0.02, side: 'sell', timestamp: 1723161255342 },
    ],
  },
  {
    venue: 'bybit',
    text: '{"topic":"publicTrade.BTCUSDT","ts":1790000000231,"type":"snapshot","data":[{"i":"2290000001225843671","T":1790000000230,"p":"84250.2","v":"0.001466","S":"Buy","seq":115058640184,"s":"BTCUSDT","BT":false,"RPI":false},{"i":"2290000001225843672","T":1790000000231,"p":"84250","v":"1","S":"Sell","seq":115058640185,"s":"BTCUSDT","BT":false,"RPI":false}]}',
    trades: [
      {
        ...{ id: '2290000001225843671', price: 84250.2, size: 0.001466 },
        ...{ side: 'buy', timestamp: 1790000000230 },
      },
      { id: '2290000001225843672', price: 84250, size: 1, side: 'sell', timestamp: 1790000000231 },
    ],
  },
  {
    venue: 'okx',
    text: recorded(okxFile, '"tradeId":"314161276"'),
    trades: [
      { id: '314161276', price: 43474.1, size: 0.00373695, side: 'buy', timestamp: 1646311839593 },
    ],
  },
  {
    venue: 'okx',
    text: '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"1067468269","px":"84250.2","sz":"0.000011","side":"sell","ts":"1790000000364","count":"1","source":"0","seqId":82083114851}]}',
    trades: [
      { id: '1067468269', price: 84250.2, size: 0.000011, side: 'sell', timestamp: 1790000000364 },
    ],
  },
];

test.each(frames)(
  '[S0-24] a trade of $venue goes out with the side of who took: $trades.0.side',
  ({ venue, text, trades }) => {
    const startTime = (trades[0]?.timestamp ?? 0) - 1_000;
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 100, startTime });
    onTestFinished(() => engine.close());
    const tradesOf = hearTrades(engine);
    // Before trades of the simulator, whose numbers are later ones.
    engine.control({ type: 'silence', venue, durationMs: 10_000 });
    engine.want(['BTC-USDT']);
    engine.run(1_050);
    const { time } = engine.view;
    engine.core.handle(
      {
        ...{ type: 'frame', text, connection: `${venue}#1`, generation: 1 },
        ...{ receivedTime: time, monotonicMs: 1_050 },
      },
      () => undefined,
    );
    const payloads = tradesOf(venue, 'BTC-USDT').map((trade) => {
      const value = { kind: 'trades', market: 'BTC-USDT', trade } as const;
      const head = { channel: 'trades.BTC-USDT', epoch: 'e', seq: 1, source: 'live' } as const;
      return writeRecord({ type: 'event', ...head, time, value }, { time, staleNote: null });
    });
    expect(payloads).toMatchObject(
      trades.map((trade) => ({
        ...{ type: 'trade_update', symbol: 'BTC-USDT' },
        trade: { ...trade, venue },
      })),
    );
  },
);
