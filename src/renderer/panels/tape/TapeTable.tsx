import { useEffect, useState } from 'react';
import type { PaintedGap, PaintedTrade, TapeView } from './TapeView.ts';
import { describeTape, describeTapeGaps } from './TapeView.ts';

const refreshMs = 500;

function doubt(row: PaintedTrade): string {
  return (row.late ? ', repaired' : '') + (row.outlier ? ', outlier: no price of the market' : '');
}

/** The painted rows for screen readers, twice a second at most. */
export function TapeTable({ view }: { readonly view: TapeView }) {
  const [rows, setRows] = useState<readonly PaintedTrade[]>([]);
  const [gaps, setGaps] = useState<readonly PaintedGap[]>([]);
  useEffect(() => {
    let last = -refreshMs;
    return view.frame.subscribe(() => {
      const now = performance.now();
      if (now - last < refreshMs) return;
      last = now;
      setRows(describeTape(view.frame.get()));
      setGaps(describeTapeGaps(view.frame.get()));
    });
  }, [view]);
  return (
    <div className="visually-hidden" role="rowgroup">
      <div role="row">
        <span role="columnheader">Venue</span> <span role="columnheader">Side</span>{' '}
        <span role="columnheader">Price</span> <span role="columnheader">Size</span>
      </div>
      {gaps.map((gap, index) => (
        <div role="row" key={`${index} ${gap.words}`}>
          <span role="gridcell">{gap.words}</span>
        </div>
      ))}
      {rows.map((row) => (
        <div role="row" key={row.ordinal}>
          <span role="gridcell">{row.instrument.split(':')[0]}</span>{' '}
          <span role="gridcell">{row.side}</span> <span role="gridcell">{row.price}</span>{' '}
          <span role="gridcell">{row.size + doubt(row)}</span>
        </div>
      ))}
    </div>
  );
}
