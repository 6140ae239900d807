/** Every address of the gateway beside the pages and the workstation's own bridge. */
export const apiPaths = {
  health: '/health',
  metrics: '/metrics',
  /** Who is connected to this gateway, and how well they are served. */
  clients: '/api/clients',
  openapi: '/api/openapi.json',
  asyncapi: '/api/asyncapi.json',
  login: '/api/auth/login',
  refresh: '/api/auth/refresh',
  logout: '/api/auth/logout',
  ticket: '/api/auth/ticket',
  markets: '/api/markets',
  /** `/api/markets/BTC-USDT/ticker|price|book|trades|candles`. */
  market: '/api/markets/:symbol',
  /** Long polling: `POST` opens a session with its channels, `GET ?session=&cursor=` waits, `DELETE` ends it. */
  poll: '/api/poll',
  /** Several symbols and channels in one SSE stream: `?channels=price.BTC-USDT,trades.ETH-USDT`. */
  stream: '/api/stream',
  realtime: '/api/realtime/:symbol',
  dashboardStream: '/api/dashboard/stream',
  pnl: '/api/pnl',
  pnlStream: '/api/pnl-stream',
  /** WebSocket of the gateway's own protocol. */
  socket: '/api/socket',
  socketIo: '/socket.io/',
  /** The same Socket.IO events with the MessagePack parser. */
  socketIoPacked: '/socket.io-msgpack/',
  /** Recordings on the venues' own protocols: `/venue-replay/RUN/binance/...`. */
  venueReplay: '/venue-replay',
  venueReplays: '/api/venue-replays',
} as const;
