import { useEffect, useState } from 'react';
import { venueRecord, isVenueId } from '../../../shared/venues.ts';
import type { LadderView } from './LadderView.ts';
import type { PaintedBook, PaintedLevel } from './inspection.ts';

/** Twice a second: fast enough to read, slow enough to be read. */
const refreshMs = 500;

function venueWords(level: PaintedLevel): string {
  return Object.entries(level.sizes)
    .map(([venue, size]) => `${isVenueId(venue) ? venueRecord(venue).name : venue} ${size}`)
    .join(', ');
}

function rowsOf(side: 'Bid' | 'Ask', levels: readonly PaintedLevel[]) {
  return levels.map((level) => (
    <tr key={`${side}${level.price}`}>
      <th scope="row">{side}</th>
      <td>{level.priceText}</td>
      <td>{level.sizeText}</td>
      <td>{venueWords(level)}</td>
    </tr>
  ));
}

/** The painted levels as a table for screen readers: ten of each side, from one painted frame. */
export function LadderTable({ view }: { readonly view: LadderView }) {
  const [painted, setPainted] = useState<PaintedBook | null>(null);
  useEffect(() => {
    let last = 0;
    return view.frame.subscribe(() => {
      const now = performance.now();
      if (now - last < refreshMs) return;
      last = now;
      setPainted(view.frame.get().painted);
    });
  }, [view]);
  if (painted === null) return null;
  return (
    <table className="visually-hidden">
      <caption>
        Order book {painted.market}, {painted.venue ?? 'consolidated'}, rows of {painted.group}
      </caption>
      <thead>
        <tr>
          <th scope="col">Side</th>
          <th scope="col">Price</th>
          <th scope="col">Size</th>
          <th scope="col">By venue</th>
        </tr>
      </thead>
      <tbody>
        {rowsOf('Ask', [...painted.asks].reverse())}
        {rowsOf('Bid', painted.bids)}
      </tbody>
    </table>
  );
}
