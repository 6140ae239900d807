import type { ChecksumMode } from './faultBoard.ts';
import { ControlError, readNumber, readText, readVenue, required } from './faultRecord.ts';
import type { FaultRecord } from './faultRecord.ts';
import { checkMarket, longestMs, marketsOf, Occurrences, readChoice, readScope } from './scope.ts';

const outlierEveryMs = 100;
const highestRate = 50_000;
const checksumModes: readonly ChecksumMode[] = ['zero', 'absent', 'valid', 'wrong'];

/** The venue prints trades at a price that its book never showed. */
const outlier: FaultRecord = {
  type: 'outlier',
  parse(fields) {
    const venue = readVenue(fields);
    const market = required(readText(fields, 'market'), 'market');
    const factor = required(readNumber(fields, 'factor', 0.0001, 10_000), 'factor');
    const count = readNumber(fields, 'count', 1, 10_000) ?? 1;
    return (stage) => {
      checkMarket(stage, venue, market);
      for (let printed = 0; printed < count; printed += 1) {
        const time = stage.now() + printed * outlierEveryMs;
        if (printed === 0) stage.printOutlier(venue, market, factor);
        else stage.schedule(time, () => stage.printOutlier(venue, market, factor));
      }
    };
  },
};

const rate: FaultRecord = {
  type: 'rate',
  parse(fields) {
    const messagesPerSec = readNumber(fields, 'messagesPerSec', 1, highestRate);
    const wanted = required(messagesPerSec, 'messagesPerSec');
    return (stage) => stage.setRate(wanted);
  },
};

/** All venues together are that much busier for a while. */
const burst: FaultRecord = {
  type: 'burst',
  parse(fields) {
    const factor = required(readNumber(fields, 'factor', 0.01, 100), 'factor');
    const durationMs = required(readNumber(fields, 'durationMs', 1, longestMs), 'durationMs');
    return (stage) => {
      const before = stage.rate();
      const during = Math.min(highestRate, Math.max(1, before * factor));
      stage.setRate(during);
      // Bursts may overlap: each takes back its own part.
      stage.schedule(stage.now() + durationMs, () => {
        stage.setRate(Math.max(1, stage.rate() * (before / during)));
      });
    };
  },
};

/**
 * An unasked snapshot, a restart of the venue's service (Bybit: a snapshot with `u` 1; OKX: numbers that go on from a smaller
 * one), or OKX's empty update.
 */
const pushBook: FaultRecord = {
  type: 'pushBook',
  parse(fields) {
    const venue = readVenue(fields);
    const market = readText(fields, 'market');
    const form = required(
      readChoice(fields, 'form', ['snapshot', 'restart', 'keepalive'] as const),
      'form',
    );
    return (stage) => {
      const has = venue !== 'binance' && !(venue === 'bybit' && form === 'keepalive');
      if (!has) throw new ControlError(`${venue} has no ${form} of its own accord`);
      for (const name of marketsOf(stage, venue, market)) {
        const instrument = stage.instrument(venue, name);
        if (form === 'restart') instrument.restarts.push(instrument.book.changeId);
        stage.host(venue).pushBook(instrument, form);
      }
    };
  },
};

/** What OKX writes into the checksum field. */
const checksum: FaultRecord = {
  type: 'checksum',
  parse(fields) {
    const scope = readScope({ ...fields, venue: fields['venue'] ?? 'okx' });
    const mode = required(readChoice(fields, 'mode', checksumModes), 'mode');
    return (stage) => {
      const { until } = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'checksum',
        until,
        checksum: (market) =>
          scope.market === undefined || scope.market === market ? mode : undefined,
      });
    };
  },
};

/** Trading stops, or the market is taken off the venue's list; or it goes on. */
const symbol: FaultRecord = {
  type: 'symbol',
  parse(fields) {
    const venue = readVenue(fields);
    const market = required(readText(fields, 'market'), 'market');
    const status = required(
      readChoice(fields, 'status', ['trading', 'halted', 'delisted'] as const),
      'status',
    );
    return (stage) => {
      checkMarket(stage, venue, market);
      stage.instrument(venue, market).status = status;
    };
  },
};

/** The venue announces a coarser tick; orders of before keep their prices. */
const tickSize: FaultRecord = {
  type: 'tickSize',
  parse(fields) {
    const venue = readVenue(fields);
    const market = required(readText(fields, 'market'), 'market');
    const decimals = required(readNumber(fields, 'decimals', 0, 12), 'decimals');
    return (stage) => {
      checkMarket(stage, venue, market);
      const instrument = stage.instrument(venue, market);
      if (decimals > instrument.priceDecimals) {
        throw new ControlError(`decimals must be at most ${instrument.priceDecimals}`);
      }
      instrument.tickDecimals = decimals;
    };
  },
};

export const marketFaults: readonly FaultRecord[] = [
  outlier,
  rate,
  burst,
  pushBook,
  checksum,
  symbol,
  tickSize,
];
