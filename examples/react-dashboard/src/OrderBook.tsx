import { useOrderbookSubscription } from 'truetape/client';
import { decimalsOf, formatPrice, formatSize } from './format.ts';
import { markOf, StatusMark } from './StatusMark.tsx';

const depth = 10;

interface Level {
  readonly price: number;
  readonly size: number;
}

/** The book of all venues that can be believed at the moment; those that are left out are named. */
export function OrderBook({ symbol }: { readonly symbol: string }) {
  const { orderbook, validity, error } = useOrderbookSubscription(symbol, true, {
    depth,
    rate: 10,
  });
  const bids = orderbook?.bids.slice(0, depth) ?? [];
  const asks = orderbook?.asks.slice(0, depth) ?? [];
  const largest = Math.max(...bids.map(({ size }) => size), ...asks.map(({ size }) => size), 0);
  const decimals = decimalsOf([...bids, ...asks].map(({ price }) => price));
  const [bid, ask] = [bids[0]?.price, asks[0]?.price];
  return (
    <section className={`panel book ${markOf(validity)}`} aria-label={`Order book of ${symbol}`}>
      <h2>
        Order book <span className="label">{symbol}</span> <StatusMark validity={validity} />
      </h2>
      <Side
        name="Asks"
        className="asks"
        levels={asks.toReversed()}
        largest={largest}
        decimals={decimals}
      />
      <p className="middle">
        {bid === undefined || ask === undefined ? 'no book yet' : spreadOf(ask - bid, decimals)}
      </p>
      <Side name="Bids" className="bids" levels={bids} largest={largest} decimals={decimals} />
      <p className="parts">
        {orderbook?.parts.map(({ venue, counted, status }) => (
          <span key={venue} className={counted ? '' : 'excluded'}>
            {counted ? venue : `without ${venue}: ${status}`}
          </span>
        ))}
      </p>
      <p className="reason">{error ?? validity.note}</p>
    </section>
  );
}

/** Bids of one venue may be above asks of another: that is a fact, and is shown as one. */
function spreadOf(spread: number, decimals: number): string {
  if (spread > 0) return `Spread ${formatPrice(spread, decimals)}`;
  return spread === 0
    ? 'Locked: bid and ask are the same'
    : `Crossed by ${formatPrice(-spread, decimals)}`;
}

interface SideProps {
  readonly name: string;
  readonly className: string;
  readonly levels: readonly Level[];
  readonly largest: number;
  readonly decimals: number;
}

function Side({ name, className, levels, largest, decimals }: SideProps) {
  return (
    <table className={className}>
      <caption>{name}</caption>
      <tbody>
        {levels.map(({ price, size }) => (
          <tr key={price} style={{ backgroundSize: `${(100 * size) / largest}% 100%` }}>
            <td>{formatPrice(price, decimals)}</td>
            <td>{formatSize(size)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
