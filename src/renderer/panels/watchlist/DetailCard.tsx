import type { MarketId } from '../../../shared/market.ts';
import { parseMarketId } from '../../../shared/market.ts';
import type { PriceContributor } from '../../../shared/values.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration, formatSpan } from '../../format/duration.ts';
import { formatBps, formatPrice, formatShare } from '../../format/price.ts';
import { formatCompact, formatCount } from '../../format/quantity.ts';
import { usePrice, useTopicValue } from '../../store/hooks.ts';
import { PriceText } from '../../widgets/PriceText.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { CoverageState } from '../../widgets/validity.ts';
import { contributorCoverage, coverageWord } from '../../widgets/validity.ts';
import { useHostNow, useLinked } from '../../workspace/session.ts';
import type { LoneExtreme } from './dayFigures.ts';
import { loneExtreme, partialSum, rangePosition } from './dayFigures.ts';
import { PartialMark } from './PartialMark.tsx';

function stateWords(state: CoverageState, contributor: PriceContributor, now: number): string {
  const { receivedTime } = contributor;
  const ageMs = receivedTime === null ? null : now - receivedTime;
  // Two units would not fit into the column.
  const words = ageMs !== null && ageMs < 60_000 ? formatDuration(ageMs) : formatSpan(ageMs);
  const age = ageMs === null ? '' : ` ${words}`;
  switch (state) {
    case 'live':
      return formatShare(contributor.weight);
    case 'stale':
      return contributor.exclusion === 'late' ? 'late' : `${coverageWord.stale}${age}`;
    case 'disconnected':
      return `${coverageWord.disconnected}${age}`;
    case 'excluded':
      return contributor.exclusion === 'outlier' ? 'outlier' : 'halted';
    case 'connecting':
    case 'resyncing':
    case 'muted':
    case 'unlisted':
      return coverageWord[state];
    default:
      return state satisfies never;
  }
}

function VenueLine({ contributor, linked }: { contributor: PriceContributor; linked: boolean }) {
  const now = useHostNow(contributor.exclusion === null ? 1000 : 100);
  const state = linked ? contributorCoverage(contributor) : 'disconnected';
  const look =
    state === 'live' || state === 'resyncing' ? state : state === 'disconnected' ? state : 'stale';
  return (
    <li className="detail-venue" data-venue={contributor.venue} data-state={state}>
      <VenueTag venue={contributor.venue} counted={state === 'live'} />
      <span>{venueRecord(contributor.venue).name}</span>
      <span className="detail-price num">
        <PriceText
          text={formatPrice(contributor.price, contributor.priceDecimals)}
          look={contributor.price === null ? 'none' : look}
          showAge={false}
        />
      </span>
      <span className="detail-state num" data-state={state}>
        {stateWords(state, contributor, now)}
      </span>
    </li>
  );
}

/** An end of the day's range; one that a single venue printed carries its tag. */
function RangeLimit(props: {
  readonly text: string;
  readonly side: 'low' | 'high';
  readonly lone: LoneExtreme | null;
}) {
  const { text, side, lone } = props;
  if (lone === null) return <span className="detail-limit">{text}</span>;
  const { venue, outlier } = lone;
  const words = `24 h ${side} of ${venueRecord(venue).name} alone, no other venue was near it`;
  return (
    <span className="detail-limit detail-lone" title={words} data-venue={venue}>
      <VenueTag venue={venue} counted={false} />
      {outlier ? <em>outlier</em> : null}
      {text}
      <span className="visually-hidden">, {words}</span>
    </span>
  );
}

/** The chosen market's day, and what each venue adds to its price. */
export function DetailCard({ market }: { readonly market: MarketId }) {
  const price = usePrice(market);
  const tickers = useTopicValue([{ topic: 'ticker', market }], (store) => store.tickers(market));
  const linked = useLinked();
  const base = parseMarketId(market)?.base ?? '';
  const decimals = price?.priceDecimals ?? 2;
  const known = linked ? price : null;
  const low = loneExtreme(tickers, 'low24h', known);
  const high = loneExtreme(tickers, 'high24h', known);
  const position = rangePosition(known, low, high);
  const volume = linked ? (price?.volume24hBase ?? null) : null;
  return (
    <section className="detail-card" aria-label={`${market}, 24 hours`}>
      <p className="detail-line">
        <span className="detail-market">{market}</span>
        <span className="detail-dim">24 h</span>
        <span className="detail-volume num">
          <span className="detail-dim">Vol</span>{' '}
          {volume === null
            ? noValue
            : `${volume < 1e6 ? formatCount(volume) : formatCompact(volume)} ${base}`}
          <PartialMark partial={volume === null ? null : partialSum(price)} />
        </span>
      </p>
      <p className="detail-line num">
        <RangeLimit text={formatPrice(known?.low24h ?? null, decimals)} side="low" lone={low} />
        <span
          className="detail-range"
          role="img"
          aria-label={
            position === null ? 'range unknown' : `${formatShare(position)} of the day's range`
          }
        >
          {position === null ? null : (
            <span className="detail-mark" style={{ left: `${position * 100}%` }} />
          )}
        </span>
        <RangeLimit text={formatPrice(known?.high24h ?? null, decimals)} side="high" lone={high} />
      </p>
      <ul title={`Spread between venues ${formatBps(known?.venueSpreadBps ?? null)}`}>
        {(price?.contributors ?? []).map((contributor) => (
          <VenueLine key={contributor.venue} contributor={contributor} linked={linked} />
        ))}
      </ul>
    </section>
  );
}
