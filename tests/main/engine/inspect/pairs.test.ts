import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { divideHalfEven, formatFixed } from '../../../../src/main/engine/decimal.ts';
import { inspectRecordings } from '../../../../src/main/engine/inspect/inspectRecordings.ts';
import { parseIsoTime, tardisLines } from '../../../../src/main/engine/recording/tardisLines.ts';
import { ExactSum } from '../../../../src/main/engine/tape/exactSum.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import type { TickerEvent, TradeEvent } from '../../../../src/main/engine/venues/venue.ts';
import type { MarketKind } from '../../../../src/shared/market.ts';
import { loadExpected } from '../../../support/expected.ts';

const folder = process.env['TRUETAPE_FIXTURES'];

const top = v.object({
  bid: v.tuple([v.string(), v.string()]),
  ask: v.tuple([v.string(), v.string()]),
});
const best = v.tuple([v.string(), v.picklist(['first', 'second'])]);
const pairsSchema = v.object({
  pairs: v.array(
    v.object({
      first: v.string(),
      second: v.string(),
      window: v.tuple([v.string(), v.string()]),
      trades_in_window: v.tuple([v.number(), v.number()]),
      sum_qty: v.tuple([v.string(), v.string()]),
      sum_notional: v.tuple([v.string(), v.string()]),
      combined_vwap_8dp: v.string(),
      marks: v.array(
        v.object({ at: v.string(), first: top, second: top, best_bid: best, best_ask: best }),
      ),
    }),
  ),
});

const timeOf = (iso: string): number => parseIsoTime(iso) ?? Number.NaN;

function originOf(file: string) {
  const venue = file.includes('binance') ? ('binance' as const) : ('bybit' as const);
  const marketKind: MarketKind = /usdm|linear/.test(file) ? 'linear' : 'spot';
  return { venue, marketKind };
}

async function tradesIn(root: string, file: string, from: number, to: number) {
  const { venue: id, marketKind } = originOf(file);
  const venue = createVenue(id);
  const trades: TradeEvent[] = [];
  const context = {
    marketKind,
    instrumentOf: (symbol: string) => venue.describeSymbol(symbol, marketKind).instrument,
    decimalsOf: () => ({ price: 0, size: 0 }),
  };
  for await (const portion of tardisLines(join(root, file))) {
    for (const { receivedTime, text } of portion) {
      if (receivedTime < from || receivedTime > to) continue;
      venue.decode(text, context, (event) => {
        if (event.type === 'trade' && event.venueSymbol === 'BTCUSDT') trades.push({ ...event });
      });
    }
  }
  return trades;
}

async function topsAt(root: string, file: string, marks: readonly number[]) {
  const lastLines = marks.map(() => -1);
  for await (const portion of tardisLines(join(root, file))) {
    for (const { line, receivedTime } of portion) {
      marks.forEach((mark, index) => {
        if (receivedTime <= mark) lastLines[index] = line + 1;
      });
    }
  }
  const { books } = loadExpected(root, file);
  const report = await inspectRecordings({
    files: [join(root, file)],
    ...originOf(file),
    snapshots: [...books].flatMap(([symbol, { snapshot }]) =>
      snapshot === null
        ? []
        : [{ symbol, file: join(root, file, '..', snapshot.file), atLine: snapshot.atLine }],
    ),
    checkpointLines: lastLines,
    json: true,
  });
  const { checkpoints = [] } =
    report.instruments.find((one) => one.venueSymbol === 'BTCUSDT')?.book ?? {};
  return lastLines.map((line) => {
    const point = checkpoints.find(({ afterLine }) => afterLine === line);
    return { bid: point?.bid, ask: point?.ask };
  });
}

describe.skipIf(folder === undefined)('two venues recorded together (TRUETAPE_FIXTURES)', () => {
  const root = folder ?? '';
  const { pairs } =
    folder === undefined
      ? { pairs: [] }
      : v.parse(pairsSchema, JSON.parse(readFileSync(join(root, 'EXPECTED.json'), 'utf8')));

  test.each(pairs)('$first and $second stand side by side as computed', async (pair) => {
    const marks = pair.marks.map((mark) => timeOf(mark.at));
    const first = await topsAt(root, pair.first, marks);
    const second = await topsAt(root, pair.second, marks);
    expect(
      pair.marks.map((mark, index) => {
        const bids = [first[index]?.bid?.[0] ?? '', second[index]?.bid?.[0] ?? ''] as const;
        const asks = [first[index]?.ask?.[0] ?? '', second[index]?.ask?.[0] ?? ''] as const;
        return {
          at: mark.at,
          first: first[index],
          second: second[index],
          best_bid: Number(bids[0]) >= Number(bids[1]) ? [bids[0], 'first'] : [bids[1], 'second'],
          best_ask: Number(asks[0]) <= Number(asks[1]) ? [asks[0], 'first'] : [asks[1], 'second'],
        };
      }),
    ).toEqual(pair.marks);
  });

  test.each(pairs)('$first and $second trade the same sums', async (pair) => {
    const [from, to] = [timeOf(pair.window[0]), timeOf(pair.window[1])];
    const sums = { size: new ExactSum(), notional: new ExactSum() };
    const each = [];
    for (const file of [pair.first, pair.second]) {
      const trades = await tradesIn(root, file, from, to);
      const own = { size: new ExactSum(), notional: new ExactSum() };
      for (const trade of trades) {
        for (const { size, notional } of [sums, own]) {
          size.add(trade.sizeUnits, trade.sizeDecimals);
          const decimals = trade.priceDecimals + trade.sizeDecimals;
          notional.addProduct(trade.priceUnits, trade.sizeUnits, decimals);
        }
      }
      each.push([trades.length, own.size.toString(), own.notional.toString()]);
    }
    expect(each).toEqual([
      [pair.trades_in_window[0], pair.sum_qty[0], pair.sum_notional[0]],
      [pair.trades_in_window[1], pair.sum_qty[1], pair.sum_notional[1]],
    ]);
    expect(formatFixed(divideHalfEven(sums.notional, sums.size, 8), 8)).toBe(
      pair.combined_vwap_8dp,
    );
  });

  test.each([
    'agpl-3.0/bybit-linear/btcusdt-dogeusdt-20260809.ndjson.gz',
    'agpl-3.0/bybit-spot/btcusdt-20260809.ndjson.gz',
  ])('%s: ticker deltas merge into the last picture', async (file) => {
    const { marketKind } = originOf(file);
    const venue = createVenue('bybit');
    const merged = new Map<string, Partial<TickerEvent>>();
    for await (const portion of tardisLines(join(root, file))) {
      for (const { text } of portion) {
        venue.decode(
          text,
          {
            marketKind,
            instrumentOf: (symbol) => venue.describeSymbol(symbol, marketKind).instrument,
            decimalsOf: () => ({ price: 0, size: 0 }),
          },
          (event) => {
            if (event.type !== 'ticker') return;
            const known = event.kind === 'snapshot' ? {} : merged.get(event.venueSymbol);
            const news = Object.entries(event).filter(([, value]) => value !== null);
            merged.set(event.venueSymbol, { ...known, ...Object.fromEntries(news) });
          },
        );
      }
    }
    const { tickers } = loadExpected(root, file);
    expect(tickers.size).toBe(merged.size);
    for (const [symbol, expected] of tickers) {
      expect(merged.get(symbol)).toMatchObject({
        last: expected['lastPrice'],
        open24h: expected['prevPrice24h'],
        high24h: expected['highPrice24h'],
        low24h: expected['lowPrice24h'],
        volume24hBase: expected['volume24h'],
        volume24hQuote: expected['turnover24h'],
      });
    }
  });
});
