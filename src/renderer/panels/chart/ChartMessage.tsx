import { venueRecord } from '../../../shared/venues.ts';
import { formatCountdown, formatDuration } from '../../format/duration.ts';
import { formatPrice } from '../../format/price.ts';
import { formatTime } from '../../format/time.ts';
import { useHealth, useMarketStore } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { recordedWords, useIsRecorded } from '../../workspace/session.ts';
import type { ChartFrame, ChartSubject } from './ChartView.ts';

export interface ChartMessageProps {
  readonly subject: ChartSubject;
  readonly frame: ChartFrame;
  readonly onRetry: () => void;
}

/** A venue's chart while that venue is cut off: since when, its last price, the next attempt. */
function CutOff({ subject, frame }: Omit<ChartMessageProps, 'onRetry'>) {
  const store = useMarketStore();
  const health = useHealth();
  const recorded = useIsRecorded();
  const { venue } = subject;
  if (venue === null) return null;
  const contributor = frame.price?.contributors.find((candidate) => candidate.venue === venue);
  const lost = health?.connections.find(
    (connection) => connection.venue === venue && connection.status !== 'live',
  );
  const since = lost?.since ?? frame.since.get(venue) ?? frame.now;
  const last = contributor?.price ?? null;
  return (
    <div className="chart-message" role="status" data-compact={frame.state === 'bars'}>
      <p className="chart-message-title num">
        <ValidityMark state="disconnected" label={null} /> {venueRecord(venue).name} disconnected
        for {formatDuration(frame.now - since)}
      </p>
      {last === null || contributor?.receivedTime === undefined ? null : (
        <p className="num">
          Last price {formatPrice(last, contributor.priceDecimals)} at{' '}
          {formatTime(contributor.receivedTime)}
        </p>
      )}
      <p className="chart-message-next num">
        {lost?.nextAttemptTime === null || lost?.nextAttemptTime === undefined
          ? 'Connecting'
          : `Next try in ${formatCountdown(lost.nextAttemptTime - frame.now)}, attempt ${lost.attempt}`}
      </p>
      <Button
        size="small"
        disabled={recorded}
        title={recorded ? recordedWords : undefined}
        onClick={() => {
          void store.command({ type: 'reconnectVenue', venue });
        }}
      >
        Try now
      </Button>
    </div>
  );
}

/** Words in place of candles, or beside them. The toolbar always stays. */
export function ChartMessage({ subject, frame, onRetry }: ChartMessageProps) {
  const cell = frame.cells.find((candidate) => candidate.venue === subject.venue);
  if (cell?.state === 'disconnected') return <CutOff subject={subject} frame={frame} />;
  if (frame.state === 'problem') {
    return (
      <div className="chart-message" role="status">
        <p className="chart-message-title">
          <ValidityMark state="error" label={null} /> The history could not be loaded
        </p>
        <p>{frame.problem}</p>
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      </div>
    );
  }
  if (frame.state === 'empty') {
    return (
      <div className="chart-message">
        <p className="chart-message-title">
          {subject.venue === null
            ? 'No trades yet on these venues'
            : `No trades yet on ${venueRecord(subject.venue).name}`}
        </p>
      </div>
    );
  }
  return null;
}
