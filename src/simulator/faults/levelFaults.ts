import { formatTrimmed } from '../market/decimals.ts';
import type { Instrument } from '../market/instrument.ts';
import { isJsonObject, parseJson } from '../wire/query.ts';
import { required } from './faultRecord.ts';
import type { FaultRecord } from './faultRecord.ts';
import { Occurrences, readChoice, readScope } from './scope.ts';

export const levelForms = [
  'size',
  'best',
  'crossed',
  'locked',
  'zeroPrice',
  'negativeSize',
  'hugeSize',
  'absentDelete',
  'unsorted',
  'thousand',
] as const;
export type LevelForm = (typeof levelForms)[number];

/** Price, size, and on OKX two more. */
type Level = readonly string[];

interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

const thousand = 1_000;
const sizeDigits = 8;

/** A book message with wrong levels in it: all else about it is right, its numbers included. */
const alterLevel: FaultRecord = {
  type: 'alterLevel',
  parse(fields) {
    const scope = readScope({ ...fields, kind: fields['kind'] ?? 'diff' });
    const form = required(readChoice(fields, 'form', levelForms), 'form');
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'alterLevel',
        until: occurrences.until,
        onFrame(frame) {
          if (!isBook(frame.stream) || !occurrences.strikesFrame(frame)) return undefined;
          const instrument = stage.instrument(frame.venue, frame.market);
          return (outgoing) => [
            { ...outgoing, text: alterLevels(outgoing.text, form, instrument) },
          ];
        },
      });
    };
  },
};

function isBook(stream: string): boolean {
  return /depth|book|bbo/i.test(stream);
}

export function alterLevels(text: string, form: LevelForm, instrument: Instrument): string {
  const message = parseJson(text)?.value;
  return message === undefined ? text : JSON.stringify(inMessage(message, form, instrument));
}

/** The first object that has both sides, in any of the dialects. */
function inMessage(value: unknown, form: LevelForm, instrument: Instrument): unknown {
  if (Array.isArray(value)) return value.map((each) => inMessage(each, form, instrument));
  if (!isJsonObject(value)) return value;
  for (const [bidsKey, asksKey] of sideNames) {
    const [bids, asks] = [value[bidsKey], value[asksKey]];
    if (isLevels(bids) && isLevels(asks)) {
      const altered = alterSides({ bids, asks }, form, instrument);
      return { ...value, [bidsKey]: altered.bids, [asksKey]: altered.asks };
    }
  }
  // Binance's best prices stand outside of any list.
  if (typeof value['b'] === 'string' && typeof value['B'] === 'string') {
    const best = { bids: [[value['b'], value['B']]], asks: [] };
    const [price = '', size = ''] = alterSides(best, form, instrument).bids.at(-1) ?? [];
    return { ...value, b: price, B: size };
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, inMessage(inner, form, instrument)]),
  );
}

const sideNames = [
  ['b', 'a'],
  ['bids', 'asks'],
] as const;

function isLevels(value: unknown): value is Level[] {
  return Array.isArray(value) && value.every((level) => Array.isArray(level));
}

function alterSides(sides: Sides, form: LevelForm, instrument: Instrument): Sides {
  const { bids, asks } = sides;
  const { book } = instrument;
  // Behind all others, so that it holds whatever else the message says of the price.
  const withBid = (ticks: number, size: string): Sides => ({
    bids: [...bids, levelLike(sides, priceText(instrument, ticks), size)],
    asks,
  });
  switch (form) {
    case 'size':
      return bids.length > 0 ? { bids: doubled(bids), asks } : { bids, asks: doubled(asks) };
    case 'best':
      return withBid(book.bids.best(), '1');
    case 'crossed':
      return withBid(book.asks.best() + 1, '1');
    case 'locked':
      return withBid(book.asks.best(), '1');
    case 'zeroPrice':
      return withBid(0, '1');
    case 'negativeSize':
      return withBid(book.bids.best(), '-1');
    case 'hugeSize':
      return withBid(book.bids.best(), '1e308');
    case 'absentDelete':
      return withBid(1, '0');
    case 'unsorted':
      return { bids: bids.toReversed(), asks: asks.toReversed() };
    case 'thousand': {
      const far = Array.from({ length: thousand }, (_each, index) =>
        levelLike(sides, priceText(instrument, index + 2), '1'),
      );
      return { bids: [...bids, ...far], asks };
    }
  }
}

/** The first level that stands is told with twice its size. */
function doubled(levels: readonly Level[]): readonly Level[] {
  const index = levels.findIndex(([, size]) => Number(size) > 0);
  return levels.map((level, at) => {
    const [price = '', size = '', ...rest] = level;
    return at === index ? [price, (Number(size) * 2).toFixed(sizeDigits), ...rest] : level;
  });
}

/** With as many values as the venue's levels have. */
function levelLike({ bids, asks }: Sides, price: string, size: string): Level {
  const [, , ...rest] = bids[0] ?? asks[0] ?? [];
  return [price, size, ...rest];
}

function priceText(instrument: Instrument, ticks: number): string {
  return formatTrimmed(ticks, instrument.priceDecimals);
}

export const levelFaults: readonly FaultRecord[] = [alterLevel];
