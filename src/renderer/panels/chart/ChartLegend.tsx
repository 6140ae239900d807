import { parseMarketId } from '../../../shared/market.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { ChartFrame, ChartSubject } from './ChartView.ts';
import { describeCandle, selectChips } from './legend.ts';

export interface ChartLegendProps {
  readonly subject: ChartSubject;
  readonly frame: ChartFrame;
}

/** Two lines over the upper left corner: whose candles, which figures, and who is missing from them. */
export function ChartLegend({ subject, frame }: ChartLegendProps) {
  const { market, interval } = subject;
  const figures = describeCandle(frame.shown, frame.decimals, frame.live);
  const unit = parseMarketId(market)?.base ?? '';
  const prices = [
    ['O', figures.open],
    ['H', figures.high],
    ['L', figures.low],
    ['C', figures.close],
  ] as const;
  return (
    <div className="chart-legend" data-live={frame.live}>
      <div className="chart-legend-line">
        <strong>{market}</strong>
        <span className="chart-legend-dim">{interval}</span>
        {frame.cells
          .filter((cell) => cell.state !== 'unlisted')
          .map((cell) => (
            <VenueTag key={cell.venue} venue={cell.venue} counted={cell.state === 'live'} />
          ))}
        {prices.map(([name, text]) => (
          <span key={name} className="num chart-legend-figure">
            <span className="chart-legend-dim">{name}</span>
            <span className="chart-legend-value" data-direction={figures.direction}>
              {text}
            </span>
          </span>
        ))}
        <span className="num chart-legend-change" data-direction={figures.direction}>
          {figures.change}
        </span>
      </div>
      <div className="chart-legend-line">
        <span className="num chart-legend-volume">
          <span className="chart-legend-dim">Vol</span>
          <span className="chart-legend-value">
            {figures.volume} {unit}
          </span>
        </span>
        {selectChips(frame.cells, frame.since, frame.lostSince).map((chip) => (
          <span key={chip.venue ?? 'all'} className="chart-chip num" data-tone={chip.tone}>
            <span className="chart-chip-long">{chip.text}</span>
            <span className="chart-chip-short">{chip.short}</span>
          </span>
        ))}
        {frame.shown?.outlier === true ? (
          <span className="chart-chip" data-tone="stale">
            <ValidityMark state="error" label={null} />{' '}
            {subject.venue === null
              ? 'Outlier print, left out of the price'
              : 'Outlier print: its high or low is of no market'}
          </span>
        ) : null}
        {frame.problem !== null && frame.state === 'bars' ? (
          <span className="chart-chip" data-tone="stale">
            {frame.problem}
          </span>
        ) : null}
      </div>
    </div>
  );
}
