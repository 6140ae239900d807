import { useState } from 'react';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { identity, useSnapshot } from '../../canvas/snapshot.ts';
import { parseTypedSize } from './fillCost.ts';
import type { FillFigure } from './footFigures.ts';
import { computeFootFigures } from './footFigures.ts';
import type { LadderView } from './LadderView.ts';

export interface BookFootProps {
  readonly view: LadderView;
  readonly unit: string;
  readonly fillSize: string;
  readonly tickUnits: number | null;
  readonly onFillSize: (text: string) => void;
}

function SizeField({ fillSize, onFillSize }: Pick<BookFootProps, 'fillSize' | 'onFillSize'>) {
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? fillSize;
  const valid = parseTypedSize(text) !== null;
  const finish = () => {
    if (draft !== null && valid) onFillSize(draft.trim());
    setDraft(null);
  };
  return (
    <input
      className="book-size num"
      value={text}
      size={Math.max(1, text.length)}
      inputMode="decimal"
      aria-label="Size to buy or sell"
      aria-invalid={!valid}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setDraft(null);
        event.stopPropagation();
      }}
    />
  );
}

function Figure({ figure }: { readonly figure: FillFigure }) {
  return (
    <>
      <span className="book-cost num" {...(figure.note === null ? {} : { title: figure.note })}>
        {figure.text}
      </span>{' '}
      <span className="book-slip num">{figure.bps}</span>
    </>
  );
}

/** Imbalance of the visible levels, and what a typed size would cost in them. */
export function BookFoot(props: BookFootProps) {
  const { unit, fillSize, tickUnits, onFillSize } = props;
  const frame = useSnapshot(props.view.frame, identity);
  const { state, view, model, midPrice } = frame;
  if (state.type === 'held') {
    return (
      <div className="book-foot book-foot-held" role="status">
        <ValidityMark
          state={state.mark === 'disconnected' ? 'disconnected' : 'stale'}
          label={null}
        />
        <strong className="num">{state.title}</strong> <span>{state.detail}</span>
      </div>
    );
  }
  if (state.type === 'loading') {
    return (
      <div className="book-foot book-foot-held">
        <span className="book-loading num">{state.text}</span>
      </div>
    );
  }
  const live = state.type === 'live' && view !== null && model !== null;
  const figures = live
    ? computeFootFigures(view, model, {
        size: parseTypedSize(fillSize),
        midPrice,
        priceDecimals: frame.midDecimals ?? view.priceDecimals,
        tickUnits,
      })
    : null;
  const imbalance = figures?.imbalance ?? null;
  const share = imbalance === null ? 0.5 : imbalance.bidShare;
  return (
    <div className="book-foot">
      <div
        className="book-imbalance"
        data-known={imbalance !== null}
        title="Size of the visible levels: bids against asks"
      >
        <span className="book-bid num">
          {imbalance === null ? '–' : `${imbalance.bidPercent}%`}
        </span>
        <span className="book-balance" aria-hidden="true">
          <span style={{ flexGrow: share }} />
          <span style={{ flexGrow: 1 - share }} />
        </span>
        <span className="book-ask num">
          {imbalance === null ? '–' : `${imbalance.askPercent}%`}
        </span>
      </div>
      <div className="book-costs">
        <span className="book-order">
          <span>
            Buy <SizeField fillSize={fillSize} onFillSize={onFillSize} />{' '}
            <span className="book-unit">{unit}</span>
          </span>{' '}
          {figures === null ? '–' : <Figure figure={figures.buy} />}
        </span>
        <span className="book-order">
          <span>
            Sell <span className="num">{fillSize}</span>
          </span>{' '}
          {figures === null ? '–' : <Figure figure={figures.sell} />}
        </span>
      </div>
    </div>
  );
}
