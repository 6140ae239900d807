// Published clients, unchanged, on addresses that are given: do they take what is there for the venue?
// Usage: node venueClients.mjs '{"binance":{"websocket":"ws://..","rest":"http://.."},...}'; prints what they saw as JSON.
import ccxt from 'ccxt';

const venues = JSON.parse(process.argv[2] ?? '{}');
const symbol = 'BTC/USDT';

/** Nothing but the addresses is set: all kinds of markets are asked for, as by default. */
const exchanges = {
  binance({ websocket, rest }) {
    const exchange = new ccxt.pro.binance();
    const roots = {
      public: 'api/v3',
      sapi: 'sapi/v1',
      fapiPublic: 'fapi/v1',
      dapiPublic: 'dapi/v1',
    };
    for (const [api, root] of Object.entries(roots)) exchange.urls.api[api] = `${rest}/${root}`;
    exchange.urls.api.ws.spot = `${websocket}/ws`;
    return exchange;
  },
  bybit({ websocket, rest }) {
    const exchange = new ccxt.pro.bybit();
    exchange.urls.api.public = rest;
    exchange.urls.api.ws.public.spot = `${websocket}/v5/public/spot`;
    return exchange;
  },
  okx({ websocket, rest }) {
    const exchange = new ccxt.pro.okx({ options: { watchOrderBook: { checksum: false } } });
    exchange.urls.api.rest = rest;
    exchange.urls.api.ws = `${websocket}/ws/v5`;
    return exchange;
  },
};

/** What programs ask for when they begin. */
async function ask(exchange) {
  const [time, status] = [await exchange.fetchTime(), await exchange.fetchStatus()];
  const [one, all] = [await exchange.fetchTicker(symbol), await exchange.fetchTickers([symbol])];
  const sides = exchange.has.fetchBidsAsks ? await exchange.fetchBidsAsks([symbol]) : all;
  const prices = exchange.has.fetchLastPrices ? await exchange.fetchLastPrices([symbol]) : null;
  const trades = await exchange.fetchTrades(symbol, undefined, 20);
  const { bids, asks } = await exchange.fetchOrderBook(symbol, 20);
  const bars = await exchange.fetchOHLCV(symbol, '1m');
  const unknown = await exchange.fetchTicker('BTC/USDT', { symbol: 'NONE', instId: 'NONE' }).then(
    () => null,
    (error) => error.constructor.name,
  );
  return {
    ...{ time, status: status.status, last: [one.last, all[symbol].last], unknown, bars },
    bidAsk: [sides[symbol].bid, sides[symbol].ask],
    lastPrice: prices === null ? null : prices[symbol].price,
    trades: trades.map(({ id, timestamp, side, price, amount }) => ({
      ...{ id, timestamp, side, price, amount },
    })),
    levels: [bids.length, asks.length],
  };
}

/** Twenty changes of a book and some trades, as a bot would want them, and what REST answers then. */
async function watch(name, addresses) {
  const exchange = exchanges[name](addresses);
  const seen = { books: 0, trades: 0, crossed: 0, bid: null, ask: null, market: null };
  try {
    // What it asks for wherever a WebSocket has no TLS.
    await exchange.loadHttpProxyAgent();
    await exchange.loadMarkets();
    seen.market = exchange.market(symbol).id;
    const trades = (async () => {
      while (seen.trades < 5) seen.trades += (await exchange.watchTrades(symbol)).length;
    })();
    // Of Bybit the depth that is recorded.
    const limit = name === 'bybit' ? 200 : undefined;
    while (seen.books < 20) {
      const book = await exchange.watchOrderBook(symbol, limit);
      seen.books += 1;
      [seen.bid, seen.ask] = [book.bids[0]?.[0] ?? null, book.asks[0]?.[0] ?? null];
      if (seen.bid === null || seen.ask === null || seen.bid >= seen.ask) seen.crossed += 1;
    }
    await trades;
    return { ...seen, rest: await ask(exchange) };
  } finally {
    await exchange.close();
  }
}

/** tardis-dev takes the addresses of its feeds from the environment. */
async function stream(exchange, variable, address, filters) {
  process.env[variable] = address;
  const { default: tardis } = await import('tardis-dev');
  const seen = { messages: 0, trades: 0 };
  for await (const { message } of tardis.stream({ exchange, filters, timeoutIntervalMS: 20_000 })) {
    seen.messages += 1;
    seen.trades += message.data?.length ?? 0;
    if (seen.messages >= 20) break;
  }
  return seen;
}

const results = {};
for (const name of Object.keys(venues).filter((venue) => venue in exchanges)) {
  results[`ccxt ${name}`] = await watch(name, venues[name]).catch((error) => ({
    error: String(error),
  }));
}
if (venues['tardis-dev'] !== undefined) {
  const filters = [{ channel: 'trades', symbols: ['BTC-USDT'] }];
  const address = `${venues['tardis-dev'].websocket}/ws/v5/public`;
  results['tardis-dev okx'] = await stream('okex', 'WSS_URL_OKEX', address, filters).catch(
    (error) => ({ error: String(error) }),
  );
}
process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
