import { useMemo, useState } from 'react';
import type { Incident } from '../../../shared/incidents.ts';
import { useHostStatus, useIncidents, useTopicValue } from '../../store/hooks.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import { Button } from '../../widgets/Button.tsx';
import type { PanelMessageProps } from '../../widgets/PanelMessage.tsx';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { useRowFocus } from '../../widgets/rowFocus.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { useSpoken } from '../../workspace/LiveRegion.tsx';
import { useHostStep, useLinked } from '../../workspace/session.ts';
import { FilterMenu } from './FilterMenu.tsx';
import { IncidentEntry } from './IncidentEntry.tsx';
import type { IncidentFilter } from './incidentRows.ts';
import { computeIncidentRows, parseIncidentFilter } from './incidentRows.ts';
import { kindNames, runningSentence } from './incidentWords.ts';
import { VenueRibbons } from './VenueRibbons.tsx';
import './incidents.css';

const firstRows = 60;

function RunningRegion({ incidents }: { readonly incidents: readonly Incident[] }) {
  const running = incidents.filter((incident) => incident.to === null);
  const spoken = useSpoken(runningSentence(running));
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {spoken}
    </p>
  );
}

function emptyWords(filter: IncidentFilter, linked: boolean, watched: boolean): PanelMessageProps {
  if (!linked) {
    const mark = 'disconnected';
    return { mark, title: 'No connection to the engine', text: 'What happens now is not seen.' };
  }
  if (!watched) return { mark: 'connecting', title: 'Waiting for the first report' };
  if (filter.venue !== null || filter.kind !== null) {
    return { title: 'No incident fits the filter' };
  }
  return {
    title: 'No incident since Truetape watches',
    text: 'Lost connections, silence, gaps and repairs are listed here.',
  };
}

interface ListProps {
  readonly incidents: readonly Incident[];
  readonly filter: IncidentFilter;
  readonly linked: boolean;
  readonly empty: PanelMessageProps;
  readonly openHelp: PanelProps['openHelp'];
}

function IncidentList({ incidents, filter, linked, empty, openHelp }: ListProps) {
  const [limit, setLimit] = useState(firstRows);
  const [opened, setOpened] = useState<number | null>(null);
  const { rows, more } = useMemo(
    () => computeIncidentRows(incidents, filter, limit),
    [incidents, filter, limit],
  );
  const rowProps = useRowFocus(rows.map((incident) => String(incident.id)));
  if (rows.length === 0) return <PanelMessage {...empty} />;
  return (
    <ul className="incidents-list" aria-label="Incidents" data-row-list>
      {rows.map((incident) => (
        <IncidentEntry
          key={incident.id}
          incident={incident}
          linked={linked}
          open={opened === incident.id}
          onToggle={() => setOpened(opened === incident.id ? null : incident.id)}
          rowProps={rowProps(String(incident.id))}
          openHelp={openHelp}
        />
      ))}
      {more === 0 ? null : (
        <li className="incidents-more">
          <Button look="bare" size="small" onClick={() => setLimit(limit + firstRows)}>
            Show older, {more} more
          </Button>
        </li>
      )}
    </ul>
  );
}

const incidentsTopic = [{ topic: 'incidents' }] as const;
const healthTopic = [{ topic: 'health' }] as const;

/** Null before the first report. As text, so that ten reports a second draw nothing anew. */
function useListedVenues(): readonly VenueId[] | null {
  const names = useTopicValue(healthTopic, (store) => {
    const health = store.health();
    if (health === null) return null;
    return [...new Set(health.connections.map(({ venue }) => venue))].join(' ');
  });
  return useMemo(
    () => (names === null ? null : venueIds.filter((id) => names.split(' ').includes(id))),
    [names],
  );
}

/** What went wrong, since when, what it cost and how it ended; running ones on top. */
export function IncidentsPanel({ savedOptions, saveOptions, openHelp }: PanelProps) {
  const incidents = useIncidents();
  const listed = useListedVenues();
  const status = useHostStatus();
  const told = useTopicValue(incidentsTopic, (store) => store.isTold({ topic: 'incidents' }));
  const linked = useLinked();
  const ribbonNow = useHostStep(5000) + (linked ? 0 : 1);
  const filter = useMemo(() => parseIncidentFilter(savedOptions), [savedOptions]);
  const isFiltered = filter.venue !== null || filter.kind !== null;
  if (listed === null) {
    return (
      <PanelMessage
        mark={linked ? 'connecting' : 'disconnected'}
        title={linked ? 'Waiting for the first report' : 'No connection to the engine'}
        text="Incidents are listed as soon as the engine reports, within a second."
      />
    );
  }
  return (
    <div className="incidents">
      <div className="incidents-hour">
        <VenueRibbons
          incidents={incidents}
          venues={listed}
          watchedSince={told ? (status?.watchedSince ?? null) : null}
          now={ribbonNow}
          linked={linked}
        >
          <FilterMenu filter={filter} onChange={saveOptions} />
        </VenueRibbons>
      </div>
      {isFiltered ? (
        <p className="incidents-filter">
          Only{' '}
          {[filter.venue, filter.kind === null ? null : kindNames[filter.kind].toLowerCase()]
            .filter((part) => part !== null)
            .join(', ')}
          <Button look="bare" size="small" onClick={() => saveOptions({ venue: null, kind: null })}>
            Show all
          </Button>
        </p>
      ) : null}
      <IncidentList
        incidents={incidents}
        filter={filter}
        linked={linked}
        empty={emptyWords(filter, linked, told)}
        openHelp={openHelp}
      />
      <RunningRegion incidents={incidents} />
    </div>
  );
}
