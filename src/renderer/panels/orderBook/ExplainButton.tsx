import { useRef, useState } from 'react';
import type { PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { useSnapshot } from '../../canvas/snapshot.ts';
import { formatDuration } from '../../format/duration.ts';
import { noValue } from '../../format/digits.ts';
import { formatPrice, formatShare } from '../../format/price.ts';
import { formatCompact } from '../../format/quantity.ts';
import { formatTimeMillis, zoneLabel } from '../../format/time.ts';
import type { MarketStore } from '../../store/marketStore.ts';
import { Popover } from '../../widgets/Popover.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import { explainContributor, explainRule } from './explanation.ts';
import type { LadderView } from './LadderView.ts';

interface HeldMoment {
  readonly price: PriceValue;
  readonly time: number;
}

function Explanation({ moment }: { readonly moment: HeldMoment }) {
  const { price, time } = moment;
  const quote = price.market.split('-')[1] ?? '';
  return (
    <div className="explain">
      <p className="explain-price num">{formatPrice(price.price, price.priceDecimals)}</p>
      <p className="explain-moment">
        {price.market} at <span className="num">{formatTimeMillis(time)}</span> {zoneLabel()}
      </p>
      <p className="explain-rule">{explainRule(price)}</p>
      <table className="num">
        <thead>
          <tr>
            <th scope="col">Venue</th>
            <th scope="col">Price</th>
            <th scope="col">Age</th>
            <th scope="col">24 h {quote}</th>
            <th scope="col">Weight</th>
          </tr>
        </thead>
        <tbody>
          {price.contributors.map((contributor) => (
            <tr key={contributor.venue} data-counted={contributor.exclusion === null}>
              <th scope="row" title={venueRecord(contributor.venue).name}>
                <VenueTag venue={contributor.venue} counted={contributor.exclusion === null} />
              </th>
              <td>{formatPrice(contributor.price, contributor.priceDecimals)}</td>
              <td>
                {contributor.receivedTime === null
                  ? noValue
                  : formatDuration(time - contributor.receivedTime)}
              </td>
              <td>{formatCompact(contributor.volume24hQuote)}</td>
              <td>{explainContributor(contributor) ?? formatShare(contributor.weight)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface ExplainButtonProps {
  readonly view: LadderView;
  readonly market: string;
  /** Null: consolidated. A venue's own price needs no explanation. */
  readonly venue: VenueId | null;
  readonly store: MarketStore;
}

/** Opens what the consolidated price rests on, held at the moment of the press. */
export function ExplainButton({ view, market, venue, store }: ExplainButtonProps) {
  const x = useSnapshot(view.frame, (frame) => frame.explain?.x ?? null);
  const y = useSnapshot(view.frame, (frame) => frame.explain?.y ?? null);
  const [moment, setMoment] = useState<HeldMoment | null>(null);
  // At the ladder's edge: what is explained stays in view beside the explanation.
  const anchor = useRef<HTMLSpanElement>(null);
  if (venue !== null) return null;
  const open = () => {
    const price = store.price(market);
    if (price !== null) setMoment({ price, time: store.hostNow() });
  };
  return (
    <>
      <span ref={anchor} className="explain-anchor" />
      <button
        type="button"
        className="book-explain"
        style={x === null || y === null ? { visibility: 'hidden' } : { left: x, top: y }}
        aria-haspopup="dialog"
        aria-expanded={moment !== null}
        onClick={open}
        onKeyDown={(event) => event.stopPropagation()}
      >
        <span aria-hidden="true"> · </span>
        <span className="book-explain-word">explain</span>
      </button>
      {moment === null ? null : (
        <Popover
          anchor={anchor}
          label={`How the price of ${market} came about`}
          align="end"
          className="explain-popover"
          onClose={() => setMoment(null)}
        >
          <Explanation moment={moment} />
        </Popover>
      )}
    </>
  );
}
