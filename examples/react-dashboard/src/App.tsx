import { useState } from 'react';
import { useConnection } from 'truetape/client';
import { ConnectionBadge } from './ConnectionBadge.tsx';
import { OrderBook } from './OrderBook.tsx';
import { PriceCard } from './PriceCard.tsx';
import { Tape } from './Tape.tsx';

const symbols = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'BNB-USDT'];

export function App() {
  const [selected, setSelected] = useState('BTC-USDT');
  const { source } = useConnection();
  return (
    <div className={source === null || source === 'live' ? '' : 'not-real'}>
      <header>
        <h1>Prices</h1>
        <ConnectionBadge />
      </header>
      <main>
        <section className="cards" aria-label="Markets">
          {symbols.map((symbol) => (
            <PriceCard
              key={symbol}
              symbol={symbol}
              isSelected={symbol === selected}
              onSelect={() => setSelected(symbol)}
            />
          ))}
        </section>
        <OrderBook key={`book ${selected}`} symbol={selected} />
        <Tape key={`tape ${selected}`} symbol={selected} />
      </main>
    </div>
  );
}
