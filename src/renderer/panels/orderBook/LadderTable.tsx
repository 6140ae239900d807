import { useEffect, useState } from 'react';
import { venueRecord, isVenueId } from '../../../shared/venues.ts';
import type { LadderView } from './LadderView.ts';
import type { PaintedBook, PaintedLevel } from './inspection.ts';
import { describePainted } from './inspection.ts';
import { describeMarks } from './ladderWords.ts';

/** Twice a second: fast enough to read, slow enough to be read. */
const refreshMs = 500;

function venueWords(level: PaintedLevel): string {
  return Object.entries(level.sizes)
    .map(([venue, size]) => `${isVenueId(venue) ? venueRecord(venue).name : venue} ${size}`)
    .join(', ');
}

/** Names a level for `aria-activedescendant`; 0 is the best price. */
export function levelId(id: string, side: 'bid' | 'ask', index: number): string {
  return `${id}-${side}-${index}`;
}

function Level(props: {
  readonly id: string;
  readonly side: string;
  readonly level: PaintedLevel;
}) {
  const { id, side, level } = props;
  return (
    <div role="row" id={id}>
      <span role="rowheader">{side}</span> <span role="gridcell">{level.priceText}</span>{' '}
      <span role="gridcell">{level.sizeText}</span> <span role="gridcell">{venueWords(level)}</span>
    </div>
  );
}

/** The painted levels as rows for screen readers: ten of each side, from one painted frame. */
export function LadderTable({ view, id }: { readonly view: LadderView; readonly id: string }) {
  const [painted, setPainted] = useState<PaintedBook | null>(null);
  const [marks, setMarks] = useState<readonly string[]>([]);
  useEffect(() => {
    let last = -refreshMs;
    return view.frame.subscribe(() => {
      const now = performance.now();
      if (now - last < refreshMs) return;
      last = now;
      const { view: book, model } = view.frame.get();
      setMarks(describeMarks(view.frame.get()));
      setPainted(book === null || model === null ? null : describePainted(book, model));
    });
  }, [view]);
  const asks = painted?.asks ?? [];
  const bids = painted?.bids ?? [];
  return (
    <div className="visually-hidden" role="rowgroup">
      <div role="row">
        <span role="columnheader">Side</span> <span role="columnheader">Price</span>{' '}
        <span role="columnheader">Size</span> <span role="columnheader">By venue</span>
      </div>
      {marks.map((words) => (
        <div role="row" key={words}>
          <span role="gridcell">{words}</span>
        </div>
      ))}
      {[...asks.entries()].reverse().map(([index, level]) => (
        <Level key={`ask ${level.price}`} id={levelId(id, 'ask', index)} side="Ask" level={level} />
      ))}
      {bids.map((level, index) => (
        <Level key={`bid ${level.price}`} id={levelId(id, 'bid', index)} side="Bid" level={level} />
      ))}
    </div>
  );
}
