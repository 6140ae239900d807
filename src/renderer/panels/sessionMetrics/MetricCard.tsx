import { useState } from 'react';
import { noValue } from '../../format/digits.ts';
import { FlashingDigits } from '../../widgets/FlashingDigits.tsx';
import { Sparkline } from '../../widgets/Sparkline.tsx';
import type { Card, Trend } from './metricCards.ts';

export type CardState = 'live' | 'stale' | 'paused' | 'disconnected';

const trendMarks: Readonly<Record<Trend, string>> = {
  up: 'M4 1 7.5 7H.5Z',
  down: 'M4 7 .5 1h7Z',
  stable: 'M.5 3.2h7v1.6h-7Z',
};

function TrendMark({ trend }: { readonly trend: Trend | null }) {
  if (trend === null) return null;
  return (
    <svg className="metric-trend" viewBox="0 0 8 8" role="img" aria-label={`trend ${trend}`}>
      <title>{`${trend}, the last 10 s against the minute before`}</title>
      <path d={trendMarks[trend]} />
    </svg>
  );
}

/** Moves only with what is news: a rate that trembles does not flash. */
function useNews(figure: number | null, share: number): number | null {
  const [told, setTold] = useState(figure);
  const isNews =
    figure === null || told === null
      ? figure !== told
      : Math.abs(figure - told) > Math.abs(told) * share;
  if (isNews) setTold(figure);
  return isNews ? figure : told;
}

interface MetricCardProps {
  readonly card: Card;
  readonly state: CardState;
  /** `1 s ago`, or the time at which the panel was paused. */
  readonly updated: string;
}

/** One figure: its value and unit, where it tends, the last minutes, and how old it is. */
export function MetricCard({ card, state, updated }: MetricCardProps) {
  const news = useNews(card.figure, card.newsShare);
  const isLost = state === 'disconnected';
  const told = `${card.value}${card.unit === '' ? '' : ` ${card.unit}`}`;
  return (
    <li className="metric-card" data-metric={card.key} data-state={state} aria-label={card.label}>
      <h3>
        {card.label}
        {state === 'live' || state === 'paused' ? <TrendMark trend={card.trend} /> : null}
      </h3>
      <p className="metric-value num">
        <b>
          <FlashingDigits
            text={isLost ? noValue : card.value}
            value={news}
            enabled={state === 'live'}
            tone="neutral"
          />
        </b>{' '}
        {isLost ? '' : card.unit}
      </p>
      <span className="metric-chart">
        <Sparkline
          values={card.chart}
          direction="none"
          width={64}
          height={24}
          label={chartWords(card)}
        />
      </span>
      <div className="metric-foot num">
        <p title={card.note}>{isLost ? `last ${told}` : card.note}</p>
        <p>
          <span className="visually-hidden">updated </span>
          {updated}
        </p>
      </div>
    </li>
  );
}

function chartWords({ label, chart }: Card): string {
  const minutes = Math.ceil((chart.length * 5) / 60);
  if (chart.length < 2) return `${label}: not enough for a chart yet`;
  return `${label} over the last ${minutes === 1 ? 'minute' : `${minutes} minutes`}`;
}
