import { useId } from 'react';
import type { Incident } from '../../../shared/incidents.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/quantity.ts';
import { formatDateTime, formatTimeMillis, zoneLabel } from '../../format/time.ts';
import { Button } from '../../widgets/Button.tsx';
import type { Fact } from '../../widgets/Facts.tsx';
import { Facts } from '../../widgets/Facts.tsx';
import type { RowProps } from '../../widgets/rowFocus.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { useHostNow } from '../../workspace/session.ts';
import { whyOfIncident } from '../../workspace/why.ts';
import {
  incidentEffect,
  incidentLength,
  incidentMark,
  incidentPlace,
  incidentTitle,
  outcomeWords,
  venueWords,
} from './incidentWords.ts';

interface EntryProps {
  readonly incident: Incident;
  readonly linked: boolean;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly rowProps: RowProps;
  readonly openHelp: PanelProps['openHelp'];
}

function Details({ incident, openHelp }: Pick<EntryProps, 'incident' | 'openHelp'>) {
  const { cause, next, section } = whyOfIncident(incident);
  const { cost } = incident;
  const place = incidentPlace(incident);
  const facts: readonly Fact[] = [
    ['Where', [venueWords(incident), place].filter((part) => part !== '').join(', ')],
    ['Connection', incident.connection ?? noValue],
    ['Began', `${formatDateTime(incident.from)} ${zoneLabel()}`],
    [
      'Ended',
      incident.to === null ? 'still running' : `${formatDateTime(incident.to)} ${zoneLabel()}`,
    ],
    ['Cause', incident.cause === '' ? noValue : incident.cause],
    ['Attempts', formatCount(incident.attempts)],
    ['Streams', formatCount(cost.streams)],
    ['Trades missing', cost.missingTrades === null ? 'unknown' : formatCount(cost.missingTrades)],
    ['Trades refilled', formatCount(cost.repairedTrades)],
    [
      'Out of the price',
      cost.outOfPriceMs === 0 ? 'not at all' : formatDuration(cost.outOfPriceMs),
    ],
  ];
  return (
    <div className="incident-details">
      <p>
        {cause} {incident.outcome === 'running' ? next : ''}
      </p>
      <Facts facts={facts} />
      <Button size="small" onClick={() => openHelp(section)}>
        Why
      </Button>
    </div>
  );
}

/** Counts on by itself, so that only what runs is drawn again and again. */
function RunningLength({ incident }: { readonly incident: Incident }) {
  const now = useHostNow(100);
  return <span className="num"> {formatDuration(incidentLength(incident, now))}</span>;
}

export function IncidentEntry(props: EntryProps) {
  const { incident, linked, open, onToggle, rowProps } = props;
  const id = useId();
  const mark = incidentMark(incident);
  const isRunning = incident.outcome === 'running';
  const isNote = !isRunning && incident.durationMs === 0;
  const effect = incidentEffect(incident);
  // Without a host nobody knows whether it still runs.
  const outcome = isRunning && !linked ? 'not known' : outcomeWords[incident.outcome];
  return (
    <li className="incident" data-outcome={incident.outcome} data-kind={incident.kind}>
      <button
        type="button"
        className="incident-row"
        aria-expanded={open}
        aria-controls={id}
        onClick={onToggle}
        {...rowProps}
      >
        <ValidityMark state={mark} label={null} />
        <span className="incident-time num">{formatTimeMillis(incident.from).slice(0, 10)}</span>
        <span className="incident-venue">
          {incident.venue === null ? (
            'all'
          ) : (
            <VenueTag venue={incident.venue} counted={!isRunning} />
          )}
        </span>
        <span className="incident-what">
          <b>{incidentTitle(incident)}</b>
          {isNote ? null : isRunning ? (
            <RunningLength incident={incident} />
          ) : (
            <span className="num"> {formatDuration(incident.durationMs)}</span>
          )}
        </span>
        <span className="incident-outcome" data-state={mark}>
          {outcome}
        </span>
        <span className="incident-effect num" title={effect}>
          {effect}
        </span>
      </button>
      <div id={id} hidden={!open}>
        {open ? <Details {...props} /> : null}
      </div>
    </li>
  );
}
