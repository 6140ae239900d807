import { Pause, Play, RefreshCw } from 'lucide-react';
import type { ApiChange, ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { noValue } from '../../format/digits.ts';
import { formatCountdown, formatDuration } from '../../format/duration.ts';
import { formatBytes, formatCount, formatRate } from '../../format/quantity.ts';
import { formatTime } from '../../format/time.ts';
import { Button } from '../../widgets/Button.tsx';
import type { Fact } from '../../widgets/Facts.tsx';
import { Facts } from '../../widgets/Facts.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { recordedWords } from '../../workspace/session.ts';
import type { Why } from '../../workspace/why.ts';
import type { VenueRows } from './healthRows.ts';
import { budgetWords, circuitWords, clockWords } from './healthWords.ts';
import type { VenueControl } from './useVenueControl.ts';
import { WhyText } from './WhyText.tsx';

function since(time: EpochMs | null, now: EpochMs): string {
  return time === null ? noValue : `${formatDuration(now - time)}, from ${formatTime(time)}`;
}

function nextTry(connection: ConnectionHealth, now: EpochMs): string {
  if (connection.nextAttemptTime === null) return noValue;
  const banned =
    connection.reason === 'banned'
      ? `banned until ${formatTime(connection.nextAttemptTime)}, `
      : '';
  return `${banned}in ${formatCountdown(connection.nextAttemptTime - now)}`;
}

/** Every field of a connection, in the words of the contract. */
export function connectionFacts(connection: ConnectionHealth, now: EpochMs): readonly Fact[] {
  const { lastError } = connection;
  return [
    ['Status', `${connection.status}, ${formatDuration(now - connection.since)}`],
    ['Reason', connection.reason ?? noValue],
    ['Socket open', since(connection.openedTime, now)],
    ['Attempt', formatCount(connection.attempt), 'Attempts since data last flowed for 60 s'],
    ['Next try', nextTry(connection, now)],
    ['Round trip', formatDuration(connection.roundTripMs)],
    [
      'Clock offset',
      clockWords(connection.clockOffsetMs, connection.clockErrorMs),
      'Venue clock minus ours, and how far the estimate may be off',
    ],
    ['Last data', since(connection.lastReceivedTime, now)],
    ['Messages/s', formatRate(connection.messagesPerSec)],
    ['Bytes/s', formatBytes(connection.bytesPerSec)],
    ['Messages', formatCount(connection.messages)],
    ['Bytes', formatBytes(connection.bytes)],
    ['Sent', formatCount(connection.sent)],
    ['Reconnects', formatCount(connection.reconnects)],
    ['Decode errors', formatCount(connection.decodeErrors)],
    ['Gaps', formatCount(connection.gaps)],
    ['Resyncs', formatCount(connection.resyncs)],
    ['REST circuit', circuitWords[connection.circuit]],
    ...connection.budgets.map((budget): Fact => [`Budget, ${budget.name}`, budgetWords(budget)]),
    [
      'Last error',
      lastError === null
        ? noValue
        : `${formatTime(lastError.time)} ${lastError.message} (${lastError.code})`,
    ],
  ];
}

interface DetailsProps {
  readonly row: VenueRows;
  readonly now: EpochMs;
  readonly linked: boolean;
  readonly control: VenueControl;
  readonly why: Why | null;
  readonly apiChanges: readonly ApiChange[];
  readonly openHelp: PanelProps['openHelp'];
}

function ApiChanges({
  changes,
  openHelp,
}: { readonly changes: readonly ApiChange[] } & Pick<DetailsProps, 'openHelp'>) {
  if (changes.length === 0) return null;
  return (
    <div className="health-changes">
      <p>
        This venue changed its API. What lacks a needed field is not used.{' '}
        <button
          type="button"
          className="health-link"
          onClick={() => openHelp('the-venue-changed-its-api')}
        >
          Why
        </button>
      </p>
      <ul className="num">
        {changes.map((change) => (
          <li key={`${change.message} ${change.field} ${change.change}`}>
            {change.message}: field {change.field} is {change.change}, {formatCount(change.count)}{' '}
            times, last {formatTime(change.lastTime)}
          </li>
        ))}
      </ul>
    </div>
  );
}

export function ConnectionDetails(props: DetailsProps) {
  const { row, now, linked, control, why, apiChanges, openHelp } = props;
  return (
    <>
      {linked ? null : <p>As last heard; the page has no connection to the engine.</p>}
      {why === null ? null : <WhyText why={why} openHelp={openHelp} />}
      <div className="health-buttons">
        <Button
          size="small"
          icon={RefreshCw}
          disabled={control.paused || control.recorded}
          onClick={control.reconnect}
        >
          Reconnect
        </Button>
        <Button
          size="small"
          icon={control.paused ? Play : Pause}
          disabled={control.recorded}
          onClick={control.togglePause}
        >
          {control.paused ? 'Resume' : 'Pause'}
        </Button>
        {control.recorded ? <span className="health-recorded">{recordedWords}</span> : null}
      </div>
      <ApiChanges changes={apiChanges} openHelp={openHelp} />
      {row.connections.map((connection) => (
        <section key={connection.connection} aria-label={connection.connection}>
          <h4 className="health-connection">{connection.connection}</h4>
          <Facts facts={connectionFacts(connection, now)} />
        </section>
      ))}
    </>
  );
}
