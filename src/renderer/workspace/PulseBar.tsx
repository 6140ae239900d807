import { parseMarketId } from '../../shared/market.ts';
import type { MarketId } from '../../shared/market.ts';
import type { PriceValue } from '../../shared/values.ts';
import { changeDirection, formatBps, formatPrice, formatSignedPercent } from '../format/price.ts';
import { useMarketStore, usePrice, useTopicValue } from '../store/hooks.ts';
import { PriceText } from '../widgets/PriceText.tsx';
import { ValidityMark } from '../widgets/ValidityMark.tsx';
import type { PriceLook, Validity } from '../widgets/validity.ts';
import { countCoverage, coverageWords, priceAge, priceLook } from '../widgets/validity.ts';
import { useWorkspace } from './dock.ts';
import { pulseMarkets, pulseWords } from './pulseWords.ts';
import { useCoverage, useHostNow, useLinkedMarket, useSession } from './session.ts';
import { useVenueCells } from './venueStates.ts';
import './frame.css';

/** Live, stale or down: the dot of a coin is never green unless a fresh venue counts. */
export function pulseDot(look: PriceLook): Validity {
  switch (look) {
    case 'live':
    case 'partial':
      return 'live';
    case 'disputed':
    case 'stale':
      return 'stale';
    case 'none':
      return 'connecting';
    case 'disconnected':
      return 'disconnected';
    default:
      look satisfies never;
      return 'error';
  }
}

function PulseCoin({ market }: { readonly market: MarketId }) {
  const price = usePrice(market);
  const { linked } = useSession();
  const cells = useCoverage(market);
  const now = useHostNow();
  const workspace = useWorkspace();
  const look = priceLook(price, linked);
  const { live, listed } = countCoverage(cells);
  const partial = live < listed && (look === 'partial' || look === 'live');
  const dot = pulseDot(look);
  const age = priceAge(price, now);
  const fresh = look === 'live' || look === 'partial';
  const base = parseMarketId(market)?.base ?? market;
  return (
    <button
      type="button"
      className="pulse-coin"
      title={`${market}, ${coverageWords(cells)}`}
      data-market={market}
      onClick={() => void workspace.chooseMarket(market)}
    >
      <ValidityMark state={dot} breathing />
      <span className="pulse-symbol">{base}</span>
      <span className="pulse-price">
        <PriceText
          text={formatPrice(price?.price ?? null, price?.priceDecimals ?? 2)}
          look={look}
          ageMs={age}
        />
      </span>
      <span
        className="pulse-change num"
        data-direction={fresh ? changeDirection(price?.change24hPct ?? null) : 'none'}
      >
        {formatSignedPercent(
          look === 'none' || look === 'disconnected' ? null : (price?.change24hPct ?? null),
        )}
      </span>
      <span className="pulse-partial num">{partial ? `${live}/${listed}` : null}</span>
    </button>
  );
}

/** Highest minus lowest fresh venue price of the linked market. */
function spreadOf(price: PriceValue): { readonly abs: number; readonly bps: number } | null {
  const prices = price.contributors
    .filter((contributor) => contributor.exclusion === null)
    .flatMap((contributor) => (contributor.price === null ? [] : [contributor.price]));
  if (prices.length < 2 || price.venueSpreadBps === null) return null;
  return { abs: Math.max(...prices) - Math.min(...prices), bps: price.venueSpreadBps };
}

function VenueSpread() {
  const price = usePrice(useLinkedMarket(1));
  const { linked } = useSession();
  const spread = price === null || !linked ? null : spreadOf(price);
  return (
    <span className="pulse-spread">
      Spread between venues{' '}
      {spread === null ? (
        <span className="num">needs 2 venues</span>
      ) : (
        <span className="num">
          <b>{formatPrice(spread.abs, price?.priceDecimals ?? 2)}</b> · {formatBps(spread.bps)}
        </span>
      )}
    </span>
  );
}

function usePulseSymbols(): number {
  const store = useMarketStore();
  const requests = pulseMarkets.map((market) => ({ topic: 'price', market }) as const);
  return useTopicValue(requests, () =>
    pulseMarkets.reduce((count, market) => {
      const look = priceLook(store.price(market), true);
      return look === 'live' || look === 'partial' ? count + 1 : count;
    }, 0),
  );
}

/** The market at a glance, and whether any of it may be believed. */
export function PulseBar() {
  const { source, linked } = useSession();
  const venues = countCoverage(useVenueCells());
  const symbolsLive = usePulseSymbols();
  const [state, counted, symbols] = pulseWords(source, linked, {
    venuesLive: venues.live,
    venuesTotal: venues.listed,
    symbolsLive,
    symbolsTotal: pulseMarkets.length,
  }).split(' · ');
  return (
    <section className="pulse-bar" aria-label="Market pulse">
      {pulseMarkets.map((market) => (
        <PulseCoin key={market} market={market} />
      ))}
      <VenueSpread />
      <span className="pulse-state num" data-testid="pulse-state">
        {state} · {counted}
        {symbols === undefined ? null : <span className="pulse-symbols"> · {symbols}</span>}
      </span>
    </section>
  );
}
