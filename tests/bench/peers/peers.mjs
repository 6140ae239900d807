// Peers of the decode benchmark: the same frames through other libraries' own parsing and book building.
import ccxt from 'ccxt';
import tardis from 'tardis-dev';

/** tardis-dev: its mappers and its OrderBook, as `streamNormalized` wires them. */
export function createTardisPeer(snapshot) {
  const localTimestamp = new Date(0);
  const mappers = [
    tardis.normalizeTrades('binance', localTimestamp),
    tardis.normalizeBookChanges('binance', localTimestamp),
    tardis.normalizeBookTickers('binance', localTimestamp),
  ];
  const book = new tardis.OrderBook();
  let trades = 0;
  const consume = (message) => {
    for (const mapper of mappers) {
      if (!mapper.canHandle(message)) continue;
      for (const event of mapper.map(message, localTimestamp)) {
        if (event.type === 'book_change') book.update(event);
        else if (event.type === 'trade') trades += 1;
      }
    }
  };
  return {
    name: 'tardis-dev',
    snapshot: () => consume({ stream: 'btcusdt@depthSnapshot', data: structuredClone(snapshot) }),
    frame: (text) => consume(JSON.parse(text)),
    result: () => ({ trades, bid: book.bestBid()?.price, ask: book.bestAsk()?.price }),
  };
}

/** ccxt.pro: its own message handlers on a client that resolves nothing. */
export function createCcxtPeer(snapshot) {
  const exchange = new ccxt.pro.binance();
  exchange.setMarkets([
    exchange.safeMarketStructure({
      id: 'BTCUSDT',
      symbol: 'BTC/USDT',
      base: 'BTC',
      quote: 'USDT',
      baseId: 'BTC',
      quoteId: 'USDT',
      type: 'spot',
      spot: true,
      active: true,
      precision: { price: 0.01, amount: 0.00001 },
    }),
  ]);
  const client = {
    url: 'wss://stream.binance.com:9443/ws/0',
    subscriptions: {},
    futures: {},
    resolve: () => undefined,
    reject: (error) => {
      throw error;
    },
  };
  exchange.orderbooks['BTC/USDT'] = exchange.orderBook({}, 100_000);
  let trades = 0;
  return {
    name: 'ccxt.pro',
    snapshot: () => {
      const book = exchange.orderbooks['BTC/USDT'];
      const cached = book.cache;
      const parsed = exchange.parseOrderBook(snapshot, 'BTC/USDT', undefined);
      parsed.nonce = snapshot.lastUpdateId;
      book.reset(parsed);
      for (const message of cached) exchange.handleOrderBook(client, message);
    },
    frame: (text) => {
      const message = JSON.parse(text);
      if (message.data.e === 'trade') trades += 1;
      exchange.handleMessage(client, message);
    },
    result: () => {
      const book = exchange.orderbooks['BTC/USDT'];
      return { trades, bid: book.bids[0]?.[0], ask: book.asks[0]?.[0] };
    },
  };
}
