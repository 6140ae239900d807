import { usePriceSubscription } from 'truetape/client';
import { decimalsOf, formatAge, formatPercent, formatPrice } from './format.ts';
import { markOf, StatusMark } from './StatusMark.tsx';

/** Why a venue does not count at the moment. */
const exclusionWords = {
  'no-top': 'no quotes',
  'no-trade': 'no trade yet',
  stale: 'stale',
  resyncing: 'resyncing',
  disconnected: 'offline',
  outlier: 'outlier',
  closed: 'closed',
  muted: 'muted',
  late: 'late',
} as const;

export interface PriceCardProps {
  readonly symbol: string;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}

/** Subscribes while it is on the screen; another card of the same market would share the subscription. */
export function PriceCard({ symbol, isSelected, onSelect }: PriceCardProps) {
  const { price, validity, error } = usePriceSubscription(symbol, true, { rate: 4 });
  const percent = price?.price.changePercent ?? null;
  const mark = markOf(validity);
  const contributors = price?.contributors ?? [];
  const decimals = decimalsOf(contributors.map((each) => each.price));
  // The ages of the venues are those of the moment at which the price was written.
  const sinceMs = Math.max(0, (validity.ageMs ?? 0) - (price?.ageMs ?? 0));
  // What is not live has no direction.
  const direction =
    mark !== 'live' || percent === null || percent === 0 ? '' : percent > 0 ? 'up' : 'down';
  return (
    <article className={`card ${isSelected ? 'selected' : ''}`}>
      <h2>
        <button type="button" aria-pressed={isSelected} onClick={onSelect}>
          {symbol}
        </button>
        <StatusMark validity={validity} />
      </h2>
      <p className={`price ${mark}`}>{formatPrice(price?.price.price ?? null, decimals)}</p>
      <p className={`change ${direction}`}>
        {formatPercent(percent)} <span className="label">24 h</span>
      </p>
      <ul aria-label={`Venues behind ${symbol}`}>
        {contributors.map(({ venue, price: own, weight, exclusion, ageMs }) => (
          <li key={venue} className={exclusion === null ? '' : 'excluded'}>
            <span>{venue}</span>
            <span>{formatPrice(own, decimals)}</span>
            <span>
              {exclusion === null ? `${Math.round(weight * 100)}%` : exclusionWords[exclusion]}
            </span>
            <span>{ageMs === null ? '' : formatAge(ageMs + sinceMs)}</span>
          </li>
        ))}
      </ul>
      <p className="reason">{error ?? validity.note}</p>
    </article>
  );
}
