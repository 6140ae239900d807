import { assertNever } from '../../../shared/assert.ts';
import type { GatewayError, GatewayErrorCode } from '../../../shared/gateway/errors.ts';
import type { PriceUpdate, StatusMessage } from '../../../shared/gateway/wire.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';

/** Payloads that programs of the older protocol know: names and units are theirs, times are ISO. */

export interface ConnectionStatus {
  readonly status: 'connected' | 'degraded' | 'disconnected';
  readonly message: string;
  readonly timestamp: string;
  readonly user_id?: string;
}

export interface MarketEntry {
  /** As the client wrote it. */
  readonly symbol: string;
  readonly price: number | null;
  /** In percent. */
  readonly change_24h: number | null;
  /** In the quote. */
  readonly volume_24h: number | null;
  /** Of the newest data that the price rests on. */
  readonly timestamp: string | null;
  readonly market: MarketId;
  readonly quote: string;
  readonly status: string;
  readonly age_ms: number | null;
  readonly source: string;
  /** Of the channel `price.MARKET`, as on every other way. */
  readonly epoch: string | null;
  readonly seq: number | null;
}

export interface RejectedSymbol extends GatewayError {
  readonly symbol: string;
}

export interface SubscriptionConfirmed {
  /** Accepted by this request. */
  readonly symbols: readonly string[];
  readonly timestamp: string;
  readonly rejected: readonly RejectedSymbol[];
}

export interface AuthError {
  readonly error: string;
  readonly timestamp: string;
}

export function isoTime(time: EpochMs): string {
  return new Date(time).toISOString();
}

export function marketEntry(
  symbol: string,
  market: MarketId,
  update: PriceUpdate | null,
  source: string,
): MarketEntry {
  const price = update?.price;
  return {
    symbol,
    price: price?.price ?? null,
    change_24h: price?.changePercent ?? null,
    volume_24h: price?.quoteVolume ?? null,
    timestamp: isoOrNull(price?.timestamp ?? null),
    market,
    quote: market.slice(market.lastIndexOf('-') + 1),
    status: update?.status ?? 'none',
    age_ms: update?.ageMs ?? null,
    source: update?.source ?? source,
    ...(update === null || update.status === 'none'
      ? { epoch: null, seq: null }
      : { epoch: update.epoch, seq: update.seq }),
  };
}

function isoOrNull(time: EpochMs | null): string | null {
  return time === null ? null : isoTime(time);
}

const notComputed = 'not-computed';

/** Every value is null until the engine computes an index: a number here would be invented. */
export function sentimentUpdate(time: EpochMs): Readonly<Record<string, unknown>> {
  return {
    overall_sentiment: null,
    market_fear_greed: null,
    market_mood: null,
    confidence: null,
    trending_topics: null,
    timestamp: isoTime(time),
    status: notComputed,
    message: 'This gateway computes no sentiment yet: nothing is estimated in its place.',
  };
}

export function tradingSignal(symbol: string, time: EpochMs): Readonly<Record<string, unknown>> {
  return {
    symbol,
    signal: null,
    strength: null,
    reason: null,
    timestamp: isoTime(time),
    status: notComputed,
    message: 'This gateway computes no signals yet: nothing is estimated in their place.',
  };
}

const authErrorTexts: Partial<Record<GatewayErrorCode, string>> = {
  UNAUTHORIZED: 'Token missing',
  INVALID_TOKEN: 'Token invalid',
  TOKEN_EXPIRED: 'Token expired',
  TOKEN_REVOKED: 'Token revoked',
};

/** Programs compare the text: "Token expired" makes them refresh and come back. */
export function authError(error: GatewayError, time: EpochMs): AuthError {
  return { error: authErrorTexts[error.code] ?? error.message, timestamp: isoTime(time) };
}

export function isAboutAccess({ code }: GatewayError): boolean {
  return code in authErrorTexts || code === 'FORBIDDEN';
}

/** Null for what is no change of the connection in these words. */
export function connectionWord(status: StatusMessage['status']): ConnectionStatus['status'] | null {
  switch (status) {
    case 'connected':
    case 'feed-back':
    case 'source-changed':
      return 'connected';
    case 'feed-lost':
      return 'degraded';
    case 'closing':
      return 'disconnected';
    case 'resumed':
    case 'expiring':
      return null;
    default:
      return assertNever(status);
  }
}

export function connectionStatus(
  status: ConnectionStatus['status'],
  message: string,
  time: EpochMs,
  user: string | null,
): ConnectionStatus {
  return {
    status,
    message,
    timestamp: isoTime(time),
    ...(user === null ? {} : { user_id: user }),
  };
}
