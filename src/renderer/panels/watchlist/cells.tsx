import type { MarketId } from '../../../shared/market.ts';
import { parseMarketId } from '../../../shared/market.ts';
import type { PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration, formatSpan } from '../../format/duration.ts';
import {
  changeDirection,
  formatBps,
  formatPrice,
  formatSignedPercent,
} from '../../format/price.ts';
import { formatCompact } from '../../format/quantity.ts';
import { usePrice } from '../../store/hooks.ts';
import { CoverageMark } from '../../widgets/CoverageMark.tsx';
import { FlashingDigits } from '../../widgets/FlashingDigits.tsx';
import { PriceText } from '../../widgets/PriceText.tsx';
import { Skeleton } from '../../widgets/Skeleton.tsx';
import { Sparkline } from '../../widgets/Sparkline.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import type { PriceLook } from '../../widgets/validity.ts';
import { contributorCoverage, priceAge, priceCoverage, priceLook } from '../../widgets/validity.ts';
import { useHostNow, useHostStep, useLinked } from '../../workspace/session.ts';
import { partialSum } from './dayFigures.ts';
import { PartialMark } from './PartialMark.tsx';
import { useSpark } from './sparkHistory.ts';

interface CellProps {
  readonly market: MarketId;
}

function useRow(market: MarketId): { price: PriceValue | null; look: PriceLook; linked: boolean } {
  const price = usePrice(market);
  const linked = useLinked();
  return { price, linked, look: priceLook(price, linked) };
}

export function CoverageCell({ market }: CellProps) {
  const { price, linked } = useRow(market);
  const now = useHostNow();
  return <CoverageMark cells={priceCoverage(price, linked, now)} size="list" />;
}

export function MarketCell({ market }: CellProps) {
  const base = parseMarketId(market)?.base ?? market;
  return (
    <span className="watch-market">
      {base}
      <span className="watch-quote">{market.slice(base.length)}</span>
    </span>
  );
}

export function SparkCell({ market }: CellProps) {
  const { price, look } = useRow(market);
  const history = useSpark(market, useHostStep(60_000));
  const change = price?.change24hPct ?? null;
  const live = look === 'live' || look === 'partial';
  const values = history.length === 0 ? history : [...history.slice(0, -1), price?.price ?? null];
  return (
    <Sparkline
      values={values}
      direction={live ? changeDirection(change) : 'none'}
      label={
        history.length === 0
          ? '24 hours, no history yet'
          : `24 hours, ${formatSignedPercent(change)}`
      }
    />
  );
}

export function LastCell({ market }: CellProps) {
  const { price, look, linked } = useRow(market);
  const now = useHostNow(look === 'stale' ? 100 : 1000);
  const age = priceAge(price, now);
  const text = formatPrice(price?.price ?? null, price?.priceDecimals ?? 2);
  if (price === null && linked) return <Skeleton widthRem={5} label="waiting for a price" />;
  if (look === 'live' || look === 'partial') {
    return (
      <span className="price-text" data-look={look}>
        <FlashingDigits text={text} value={price?.price ?? null} enabled={look === 'live'} />
      </span>
    );
  }
  return <PriceText text={text} look={look} ageMs={age} showAge={false} />;
}

/** An age where a change usually stands: its mark says that it is one, and it keeps to the width of the column. */
function AgeFigure({ look, ageMs }: { readonly look: PriceLook; readonly ageMs: number }) {
  return (
    <span className="watch-age" data-look={look}>
      <ValidityMark state={look === 'stale' ? 'stale' : 'disconnected'} label="no fresh data for" />
      {ageMs < 10_000 ? formatDuration(ageMs) : formatSpan(ageMs)}
    </span>
  );
}

/** 24 h change; a market that is not live shows how old its price is instead of a direction. */
export function ChangeCell({ market }: CellProps) {
  const { price, look } = useRow(market);
  const now = useHostNow(look === 'stale' ? 100 : 1000);
  const change = price?.change24hPct ?? null;
  const age = priceAge(price, now);
  if ((look === 'stale' || look === 'disconnected') && age !== null) {
    return <AgeFigure look={look} ageMs={age} />;
  }
  const counts = look === 'live' || look === 'partial';
  return (
    <span className="watch-change" data-direction={counts ? changeDirection(change) : 'none'}>
      {look === 'none' ? noValue : formatSignedPercent(change)}
    </span>
  );
}

export function VenuePriceCell({ market, venue }: CellProps & { readonly venue: VenueId }) {
  const { price, linked } = useRow(market);
  const now = useHostNow();
  const contributor = price?.contributors.find((candidate) => candidate.venue === venue);
  if (contributor === undefined || contributor.price === null) return <span>{noValue}</span>;
  const state = contributorCoverage(contributor);
  const look = !linked
    ? 'disconnected'
    : state === 'live'
      ? 'live'
      : state === 'resyncing'
        ? 'resyncing'
        : 'stale';
  return (
    <PriceText
      text={formatPrice(contributor.price, contributor.priceDecimals)}
      look={look}
      ageMs={contributor.receivedTime === null ? null : now - contributor.receivedTime}
      showAge={false}
    />
  );
}

export function SpreadCell({ market }: CellProps) {
  const { price, linked } = useRow(market);
  return <span>{formatBps(linked ? (price?.venueSpreadBps ?? null) : null)}</span>;
}

export function VolumeCell({ market }: CellProps) {
  const { price, look } = useRow(market);
  const known = look !== 'disconnected' && look !== 'none';
  const partial = known ? partialSum(price) : null;
  return (
    <span className="partial-figure">
      {formatCompact(known ? (price?.volume24hQuote ?? null) : null)}
      <PartialMark partial={partial} />
    </span>
  );
}

export function AgeCell({ market }: CellProps) {
  const { price, look } = useRow(market);
  const now = useHostNow(100);
  const age = priceAge(price, now);
  return (
    <span className="watch-age" data-look={look}>
      {formatDuration(age)}
    </span>
  );
}
