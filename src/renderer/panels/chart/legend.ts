import type { CandleValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { noValue } from '../../format/digits.ts';
import {
  formatPrice,
  formatSignedPercent,
  formatSignedPrice,
  formatSize,
} from '../../format/price.ts';
import { formatCompact } from '../../format/quantity.ts';
import { formatTime } from '../../format/time.ts';
import type { CoverageCell } from '../../widgets/validity.ts';

export interface LegendFigures {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly change: string;
  readonly volume: string;
  readonly direction: 'up' | 'down' | 'none';
}

const unknown: LegendFigures = {
  open: noValue,
  high: noValue,
  low: noValue,
  close: noValue,
  change: '',
  volume: noValue,
  direction: 'none',
};

function volumeWords(volume: number): string {
  return volume >= 100_000 ? formatCompact(volume) : formatSize(volume, volume >= 1_000 ? 1 : 2);
}

/** The figures of one candle; en dashes over a hole, and a direction only while the price is live. */
export function describeCandle(
  candle: CandleValue | null,
  decimals: number,
  live: boolean,
): LegendFigures {
  if (candle === null) return unknown;
  const change = candle.close - candle.open;
  const percent = candle.open === 0 ? null : (change / candle.open) * 100;
  const moved = Number(change.toFixed(decimals));
  return {
    open: formatPrice(candle.open, decimals),
    high: formatPrice(candle.high, decimals),
    low: formatPrice(candle.low, decimals),
    close: formatPrice(candle.close, decimals),
    change: `${formatSignedPrice(change, decimals)} (${formatSignedPercent(percent)})`,
    volume: volumeWords(candle.volume),
    direction: moved === 0 || !live ? 'none' : moved > 0 ? 'up' : 'down',
  };
}

export interface LegendChip {
  /** Null: all of them. */
  readonly venue: VenueId | null;
  readonly tone: 'stale' | 'resync' | 'fault';
  readonly text: string;
  /** Where there is little room: every venue that is missing is named. */
  readonly short: string;
}

/**
 * A chip per venue that does not count: `Bybit not counted since 14:31:59`, then shorter ones. `lostSince`: when the page
 * lost its host, which is then all there is to say.
 */
export function selectChips(
  cells: readonly CoverageCell[],
  since: ReadonlyMap<VenueId, number>,
  lostSince: number | null,
): readonly LegendChip[] {
  if (lostSince !== null) {
    const when = `since ${formatTime(lostSince)}`;
    const text = `No data from the engine ${when}`;
    return [{ venue: null, tone: 'fault', text, short: `No data ${when}` }];
  }
  const chips: LegendChip[] = [];
  const started = cells.some((cell) => cell.state === 'live');
  for (const { venue, state } of cells) {
    if (state === 'live' || state === 'muted' || state === 'unlisted') continue;
    // At the start everything connects; that is said by the tags alone.
    if (state === 'connecting' && !started) continue;
    const time = since.get(venue);
    const when = time === undefined ? '' : ` since ${formatTime(time)}`;
    const { name, code } = venueRecord(venue);
    const what = chips.length === 0 ? ' not counted' : '';
    const tone =
      state === 'disconnected'
        ? 'fault'
        : state === 'stale' || state === 'excluded'
          ? 'stale'
          : 'resync';
    chips.push({ venue, tone, text: `${name}${what}${when}`, short: `${code}${when}` });
  }
  return chips;
}
