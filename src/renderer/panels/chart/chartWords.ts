import { venueRecord } from '../../../shared/venues.ts';
import { formatTime } from '../../format/time.ts';
import { coverageWord, coverageWords } from '../../widgets/validity.ts';
import type { ChartFrame, ChartSubject } from './ChartView.ts';
import type { LaneSpan } from './coverageLanes.ts';
import { bandWords } from './gapBands.ts';
import { selectChips } from './legend.ts';

const laneWords: Readonly<Record<LaneSpan['state'], string>> = {
  ...coverageWord,
  gap: 'gap',
  repaired: 'repaired',
  absent: 'no such history',
};

/** Spans of a lane that a person is told of; older ones are in the list of incidents. */
const toldSpans = 3;

/** The end of each lane in words: `Bybit stale since 14:31:59`. */
export function describeLanes(frame: ChartFrame): readonly string[] {
  return frame.lanes.flatMap(({ venue, spans }) =>
    spans.slice(-toldSpans).map((span) => {
      const words = `${venueRecord(venue).name} ${laneWords[span.state]}`;
      if (span.to === null) return `${words} since ${formatTime(span.from)}`;
      return `${words} ${formatTime(span.from)} to ${formatTime(span.to)}`;
    }),
  );
}

/** The chart in words, for those who cannot see its canvas; the figures of its legend stand beside it. */
export function describeChart(subject: ChartSubject, frame: ChartFrame): string {
  const whose = subject.venue === null ? 'consolidated' : venueRecord(subject.venue).name;
  const { tag } = frame;
  const last = tag === null ? 'no last price' : [`last price ${tag.text}`, ...tag.notes].join(', ');
  const holes = frame.bands
    .filter((band) => !band.repaired)
    .slice(-toldSpans)
    .map((band) => `hole from ${formatTime(band.from)}: ${bandWords(band)}`);
  return [
    `Candles of ${subject.market}, ${subject.interval}, ${whose}`,
    last,
    coverageWords(frame.cells),
    ...describeLanes(frame),
    ...holes,
    ...frame.marks.slice(-toldSpans).map(({ time, words }) => `mark ${formatTime(time)}: ${words}`),
    ...(frame.outliers === 0 ? [] : [`${frame.outliers} bars with an outlier print`]),
  ].join('. ');
}

/** What tests and other programs may read of a chart that is otherwise only pixels. */
export function chartAttributes(frame: ChartFrame): Readonly<Record<string, string | number>> {
  const { tag, shown } = frame;
  const present = frame.lanes.flatMap(({ venue, spans }) => {
    const last = spans.findLast((span) => span.to === null);
    return last === undefined ? [] : [`${venue}:${last.state}`];
  });
  const past = frame.lanes.flatMap(({ venue, spans }) =>
    spans.filter((span) => span.to !== null).map((span) => `${venue}:${span.state}`),
  );
  const chips = selectChips(frame.cells, frame.since, frame.lostSince);
  return {
    'data-state': frame.state,
    'data-bars': frame.bars,
    'data-pages': frame.pages,
    'data-set-data': frame.replaced,
    'data-updates': frame.updated,
    'data-shown-time': shown?.openTime ?? '',
    'data-shown-close': shown?.close ?? '',
    'data-shown-outlier': String(shown?.outlier === true),
    'data-outliers': frame.outliers,
    'data-marks': frame.marks.length,
    'data-price-range': frame.range,
    'data-tag': tag === null ? '' : [tag.text, ...tag.notes].join('|'),
    'data-tag-look': tag?.look ?? 'none',
    'data-chips': chips.map((chip) => chip.text).join('|'),
    'data-lanes': present.join(','),
    'data-past-lanes': [...new Set(past)].join(','),
  };
}
