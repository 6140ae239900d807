import type { ByteReader, ByteWriter } from '../bytes.ts';
import { instrumentId } from '../market.ts';
import type { MarketId } from '../market.ts';
import type { ContributorExclusion, PriceContributor, PriceStatus, PriceValue } from '../values.ts';
import {
  putBoolean,
  putOneOf,
  putOptionalF64,
  putVenue,
  streamStatuses,
  takeBoolean,
  takeList,
  takeOneOf,
  takeOptionalF64,
  takeVenue,
} from './common.ts';

const priceStatuses: readonly PriceStatus[] = [
  'live',
  'degraded',
  'single',
  'disputed',
  'stale',
  'none',
];

const exclusions: readonly (ContributorExclusion | null)[] = [
  null,
  'no-top',
  'no-trade',
  'stale',
  'resyncing',
  'disconnected',
  'outlier',
  'closed',
  'muted',
  'late',
];

export function encodePriceValue(writer: ByteWriter, value: PriceValue): void {
  writer.string(value.market);
  putOptionalF64(writer, value.price);
  writer.varuint(value.priceDecimals);
  putOneOf(writer, priceStatuses, value.status);
  putOptionalF64(writer, value.receivedTime);
  writer.varuint(value.contributors.length);
  for (const contributor of value.contributors) encodeContributor(writer, contributor);
  putBoolean(writer, value.equalWeights);
  putOptionalF64(writer, value.venueSpreadBps);
  putOptionalF64(writer, value.change24hAbs);
  putOptionalF64(writer, value.change24hPct);
  putOptionalF64(writer, value.high24h);
  putOptionalF64(writer, value.low24h);
  putOptionalF64(writer, value.volume24hBase);
  putOptionalF64(writer, value.volume24hQuote);
  writer.varuint(value.statsVenues.length);
  for (const venue of value.statsVenues) putVenue(writer, venue);
}

export function decodePriceValue(reader: ByteReader): PriceValue {
  const market = reader.string();
  const price = takeOptionalF64(reader);
  const priceDecimals = reader.varuint();
  const status = takeOneOf(reader, priceStatuses);
  const receivedTime = takeOptionalF64(reader);
  const contributors = takeList(reader, (from) => decodeContributor(from, market));
  return {
    market,
    price,
    priceDecimals,
    status,
    receivedTime,
    contributors,
    equalWeights: takeBoolean(reader),
    venueSpreadBps: takeOptionalF64(reader),
    change24hAbs: takeOptionalF64(reader),
    change24hPct: takeOptionalF64(reader),
    high24h: takeOptionalF64(reader),
    low24h: takeOptionalF64(reader),
    volume24hBase: takeOptionalF64(reader),
    volume24hQuote: takeOptionalF64(reader),
    statsVenues: takeList(reader, takeVenue),
  };
}

/** A contributor's instrument is its venue's of the value's own market, so it is not written. */
function encodeContributor(writer: ByteWriter, value: PriceContributor): void {
  putVenue(writer, value.venue);
  putOptionalF64(writer, value.price);
  writer.varuint(value.priceDecimals);
  putOptionalF64(writer, value.bid);
  putOptionalF64(writer, value.ask);
  putOptionalF64(writer, value.lastTrade);
  writer.f64(value.weight);
  putOneOf(writer, exclusions, value.exclusion);
  putOneOf(writer, streamStatuses, value.status);
  putOptionalF64(writer, value.receivedTime);
  putOptionalF64(writer, value.volume24hQuote);
}

function decodeContributor(reader: ByteReader, market: MarketId): PriceContributor {
  const venue = takeVenue(reader);
  const price = takeOptionalF64(reader);
  const priceDecimals = reader.varuint();
  return {
    venue,
    instrument: instrumentId(venue, market),
    price,
    priceDecimals,
    bid: takeOptionalF64(reader),
    ask: takeOptionalF64(reader),
    lastTrade: takeOptionalF64(reader),
    weight: reader.f64(),
    exclusion: takeOneOf(reader, exclusions),
    status: takeOneOf(reader, streamStatuses),
    receivedTime: takeOptionalF64(reader),
    volume24hQuote: takeOptionalF64(reader),
  };
}
