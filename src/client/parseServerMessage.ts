import type { ServerMessage, WireUpdate } from '../shared/gateway/wire.ts';

type Fields = Readonly<Record<string, unknown>>;
type FieldKind = 'string' | 'number' | 'text?' | 'number?' | 'object' | 'list';

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fits(value: unknown, kind: FieldKind): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'text?':
      return value === null || typeof value === 'string';
    case 'number?':
      return value === null || fits(value, 'number');
    case 'object':
      return isFields(value);
    case 'list':
      return Array.isArray(value);
    default:
      return kind satisfies never;
  }
}

type Shape = Readonly<Record<string, FieldKind>>;

function hasShape(value: unknown, shape: Shape): value is Fields {
  if (!isFields(value)) return false;
  for (const key in shape) {
    const kind = shape[key];
    if (kind !== undefined && !fits(value[key], kind)) return false;
  }
  return true;
}

const recordShape: Shape = {
  channel: 'string',
  symbol: 'string',
  epoch: 'string',
  seq: 'number',
  source: 'string',
  time: 'number',
};
const validityShape: Shape = { status: 'string', receivedTime: 'number?', ageMs: 'number?' };
const priceShape: Shape = {
  price: 'number?',
  change: 'number?',
  changePercent: 'number?',
  volume: 'number?',
  quoteVolume: 'number?',
  high: 'number?',
  low: 'number?',
  timestamp: 'number?',
};
const figuresShape: Shape = {
  last: 'number?',
  open: 'number?',
  high: 'number?',
  low: 'number?',
  volume: 'number?',
  quoteVolume: 'number?',
};
const levelShape: Shape = { price: 'number', size: 'number', timestamp: 'number' };
const tradeShape: Shape = {
  id: 'string',
  venue: 'string',
  price: 'number',
  size: 'number',
  side: 'string',
  timestamp: 'number',
  receivedTime: 'number',
};
const candleShape: Shape = {
  openTime: 'number',
  open: 'number',
  high: 'number',
  low: 'number',
  close: 'number',
  volume: 'number',
};
const gapShape: Shape = { id: 'number', venue: 'string', stream: 'string', from: 'number' };
const healthShape: Shape = { status: 'string', venuesLive: 'number', venues: 'list' };

function areLevels(levels: unknown): boolean {
  return Array.isArray(levels) && levels.every((level) => hasShape(level, levelShape));
}

const fitsUpdate: Readonly<Record<string, (update: Fields) => boolean>> = {
  price_update: (update) =>
    hasShape(update, validityShape) &&
    hasShape(update['price'], priceShape) &&
    Array.isArray(update['contributors']),
  ticker_update: (update) =>
    hasShape(update, validityShape) &&
    hasShape(update['ticker'], figuresShape) &&
    Array.isArray(update['venues']),
  orderbook_update: (update) =>
    hasShape(update, validityShape) && areLevels(update['bids']) && areLevels(update['asks']),
  trade_update: (update) => hasShape(update['trade'], tradeShape),
  candle_update: (update) =>
    hasShape(update['candle'], candleShape) && typeof update['interval'] === 'string',
  gap_update: (update) => hasShape(update['gap'], gapShape),
  health_update: (update) => hasShape(update, healthShape),
};

/** False for what is no record, or lacks a field that a program would read. */
export function isWireUpdate(value: unknown): value is WireUpdate {
  if (!hasShape(value, recordShape)) return false;
  const type = value['type'];
  if (typeof type !== 'string' || !Object.hasOwn(fitsUpdate, type)) return false;
  return fitsUpdate[type]?.(value) === true;
}

const messageShapes: Readonly<Record<string, Shape>> = {
  welcome: { cursor: 'string', time: 'number', source: 'string', expiresTime: 'number?' },
  subscribed: { id: 'text?', accepted: 'list', rejected: 'list' },
  unsubscribed: { id: 'text?', removed: 'list' },
  updates: { cursor: 'string', time: 'number', updates: 'list' },
  resync: { reason: 'string', to: 'string', time: 'number', missing: 'number?' },
  status: { status: 'string', message: 'string', time: 'number' },
  pong: { id: 'text?', time: 'number' },
  error: { id: 'text?', error: 'object', time: 'number' },
};

export interface ParsedMessage {
  /** Null: nothing of it can be used. */
  readonly message: ServerMessage | null;
  /** Records of it that were left out. */
  readonly refused: number;
}

const nothing: ParsedMessage = { message: null, refused: 1 };

function isMessage(value: unknown): value is ServerMessage {
  if (!isFields(value)) return false;
  const type = value['type'];
  if (typeof type !== 'string' || !Object.hasOwn(messageShapes, type)) return false;
  if (!hasShape(value, messageShapes[type] ?? {})) return false;
  return type !== 'error' || hasShape(value['error'], { code: 'string', message: 'string' });
}

/** A record that cannot be read never takes the others of its message along. */
export function parseServerMessage(value: unknown): ParsedMessage {
  if (!isMessage(value)) return nothing;
  if (value.type !== 'updates') return { message: value, refused: 0 };
  const updates = value.updates.filter(isWireUpdate);
  const refused = value.updates.length - updates.length;
  return { message: refused === 0 ? value : { ...value, updates }, refused };
}
