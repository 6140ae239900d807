import { describe, expect, test } from 'vitest';
import { Core } from '../../src/main/engine/core.ts';
import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { DecodeError } from '../../src/main/engine/errors.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { throughJson } from '../support/throughJson.ts';

const market = 'BTC-USDT';

type Frame = Extract<CoreInput, { type: 'frame' }>;

interface Recorded {
  readonly frames: readonly Frame[];
  readonly core: () => Core;
}

/** A market in full flow, to be gone on with from the same state as often as wanted. */
function record(): Recorded {
  const inputs: CoreInput[] = [];
  const engine = new EngineOnLinks({ messagesPerSec: 400, onInput: (input) => inputs.push(input) });
  engine.want([market]);
  engine.run(5_000);
  const saved = throughJson(engine.core.save());
  const core = (): Core => {
    const copy = new Core({ venues: venueIds.map((id) => createVenue(id)) });
    copy.restore(saved);
    return copy;
  };
  engine.close();
  return { frames: inputs.filter((input) => input.type === 'frame'), core };
}

const recorded = record();

/** The newest frame of a kind. */
function newest(venue: VenueId, part: RegExp): Frame {
  const found = recorded.frames.findLast(
    ({ connection, text }) => connection.startsWith(venue) && part.test(text),
  );
  if (found === undefined) throw new Error(`no such frame: ${part}`);
  return found;
}

const trades: Readonly<Record<VenueId, RegExp>> = {
  binance: /@trade/,
  bybit: /publicTrade/,
  okx: /"channel":"trades"/,
};
const books: Readonly<Record<VenueId, RegExp>> = {
  binance: /@depth.*"b":\[\[/,
  bybit: /orderbook\.200.*"b":\[\[/,
  okx: /"channel":"books".*"bids":\[\[/,
};

/** The price of a trade in the three dialects. */
const price = /"(p|px)":"[\d.]+"/;
const size = /"(q|v|sz)":"[\d.]+"/;
const level = /(\[\[")[\d.]+(",")[\d.]+"/;

const broken: readonly (readonly [string, (text: string) => string])[] = [
  ['malformed JSON', (text) => text.slice(0, -2)],
  ['a number for a price', (text) => text.replace(price, '"$1":1e5')],
  ['null for a price', (text) => text.replace(price, '"$1":null')],
  ['NaN for a price', (text) => text.replace(price, '"$1":"NaN"')],
  ['1e308 for a price', (text) => text.replace(price, '"$1":"1e308"')],
  ['Infinity for a size', (text) => text.replace(size, '"$1":"Infinity"')],
  ['a negative size', (text) => text.replace(size, '"$1":"-1"')],
  ['a price beyond 2^53', (text) => text.replace(price, '"$1":"99999999999999999999"')],
  ['a list for the whole', (text) => `[${text}]`],
  ['a text for the whole', () => '"hello"'],
];

describe.each(venueIds)('%s', (venue) => {
  test.each(broken)(
    '[D10] %s: refused with a reason, counted once, and nothing moved',
    (_name, breakIt) => {
      const frame = newest(venue, trades[venue]);
      const text = breakIt(frame.text);
      expect(text).not.toBe(frame.text);
      const core = recorded.core();
      const before = core.view.health();
      const known = core.view.recentTrades(market, 500).length;
      core.handle({ ...frame, text }, () => undefined);
      const after = core.view.health();
      expect(after.decodeErrorsTotal).toBe(before.decodeErrorsTotal + 1);
      const newestError = after.errors.at(-1);
      expect([newestError?.type, newestError?.venue]).toEqual(['parse', venue]);
      expect(newestError?.detail.length).toBeGreaterThan(5);
      expect(core.view.recentTrades(market, 500)).toHaveLength(known);
    },
  );

  test.each([
    ['a negative size', '$10.5$2-1"'],
    ['an exponent', '$11e308$21"'],
    ['a price beyond 2^53', '$199999999999999999999$21"'],
  ])('[D10] a book message with %s in a level leaves the book as it was', (_name, replacement) => {
    const frame = newest(venue, books[venue]);
    const text = frame.text.replace(level, replacement);
    expect(text).not.toBe(frame.text);
    const core = recorded.core();
    const request = { market, venue, group: '0', rows: 50, muted: [] };
    const before = core.view.bookView(request);
    const errors = core.view.health().decodeErrorsTotal;
    core.handle({ ...frame, text }, () => undefined);
    expect(core.view.health().decodeErrorsTotal).toBe(errors + 1);
    expect(core.view.bookView(request)).toEqual(before);
  });

  test('[D10] unknown fields are ignored: the message counts', () => {
    const frame = newest(venue, trades[venue]);
    const ids = (text: string): string =>
      text.replace(/("(?:t|i|tradeId)":"?)(\d+)/g, (_all, key: string, id: string) => {
        return `${key}${BigInt(id) + 50n}`;
      });
    const text = ids(frame.text).replace('{', '{"novelty":{"a":[1,null,"x"]},');
    const core = recorded.core();
    const heard: string[] = [];
    core.view.listen({
      onTrade: (_market, trade) => heard.push(trade.id),
      onClosedCandle: () => undefined,
      onGap: () => undefined,
      onIncident: () => undefined,
      onDirty: () => undefined,
    });
    core.handle({ ...frame, text }, () => undefined);
    expect(heard.length).toBeGreaterThan(0);
  });

  test('[D11] hostile names reach no market, no message of ours and no prototype', () => {
    const core = recorded.core();
    const markets = core.view.markets();
    const symbol = venue === 'okx' ? /BTC-USDT/g : /BTCUSDT/g;
    for (const name of hostileNames) {
      const text = newest(venue, trades[venue]).text.replace(
        symbol,
        JSON.stringify(name).slice(1, -1),
      );
      core.handle({ ...newest(venue, trades[venue]), text }, () => undefined);
    }
    const health = core.view.health();
    for (const { detail, message } of health.errors) {
      for (const shown of [detail, message]) {
        expect(shown.length).toBeLessThanOrEqual(300);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }
    expect(core.view.markets()).toEqual(markets);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(JSON.stringify(core.save()).length).toBeLessThan(20_000_000);
  });

  test('[D11] hostile listings are left out, or kept as plain names', () => {
    const { rest } = createVenue(venue);
    const plain = venue === 'okx' ? 'ABC-USDT' : 'ABCUSDT';
    expect(rest.readInstruments(listing(venue, plain, 'ABC'))).toHaveLength(1);
    for (const name of hostileNames) {
      const body = listing(venue, name, name);
      const listed = (() => {
        try {
          return rest.readInstruments(body);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          return [];
        }
      })();
      for (const each of listed) {
        expect(each.market).toMatch(/^[\p{L}\p{N}_]+-USDT$/u);
        expect(each.venueSymbol.length).toBeLessThanOrEqual(64);
        expect(`${each.base}${each.quote}${each.venueSymbol}`).not.toMatch(/[<>\s\p{Cc}\p{Cf}]/u);
      }
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

const hostileNames: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  '<img src=x onerror=alert(1)>',
  '\u202eTDSUCTB',
  'BTC\u0000USDT',
  '../../etc/passwd',
  '=HYPERLINK("http://x")',
  ' ',
  '',
  'x'.repeat(1_000_000),
];

function listing(venue: VenueId, name: string, base: string): string {
  switch (venue) {
    case 'binance':
      return JSON.stringify({
        symbols: [
          {
            ...{ symbol: name, status: 'TRADING', baseAsset: base, quoteAsset: 'USDT' },
            filters: [
              { filterType: 'PRICE_FILTER', tickSize: '0.01' },
              { filterType: 'LOT_SIZE', stepSize: '0.001', minQty: '0.001' },
            ],
          },
        ],
      });
    case 'bybit':
      return JSON.stringify({
        ...{ retCode: 0, retMsg: 'OK' },
        result: {
          list: [
            {
              ...{ symbol: name, baseCoin: base, quoteCoin: 'USDT', status: 'Trading' },
              priceFilter: { tickSize: '0.01' },
              lotSizeFilter: { basePrecision: '0.001', minOrderQty: '0.001' },
            },
          ],
        },
      });
    case 'okx':
      return JSON.stringify({
        ...{ code: '0', msg: '' },
        data: [
          {
            ...{ instId: name, instType: 'SPOT', baseCcy: base, quoteCcy: 'USDT' },
            ...{ tickSz: '0.01', lotSz: '0.001', minSz: '0.001', state: 'live' },
          },
        ],
      });
  }
}
