import { useEffect, useMemo, useRef, useState } from 'react';
import type { ClientsReport } from '../../../shared/gateway/clientsReport.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/quantity.ts';
import { formatTime, zoneLabel } from '../../format/time.ts';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import type { Validity } from '../../widgets/validity.ts';
import { useWindowState } from '../../workspace/session.ts';
import { ClientDetails } from './ClientDetails.tsx';
import type { ClientRow } from './clientColumns.tsx';
import type { ClientFigure } from './clientFigures.ts';
import { clientFigures } from './clientFigures.ts';
import type { ClientsReading, ClientsView } from './ClientsFeed.ts';
import { ClientsFeed, silentWords } from './ClientsFeed.ts';
import { ClientsTable } from './ClientsTable.tsx';
import { useShown } from './useShown.ts';
import './clients.css';

const nothingHeard: ClientsView = { reading: null, ageMs: 0, problem: null, isStale: false };

function useClients(isShown: boolean): ClientsView {
  const [feed] = useState(() => new ClientsFeed());
  const [view, setView] = useState(nothingHeard);
  useEffect(() => {
    if (!isShown) return undefined;
    feed.start(setView);
    return () => feed.stop();
  }, [feed, isShown]);
  return view;
}

function markOfView({ reading, problem, isStale }: ClientsView): Validity {
  if (isStale) return 'stale';
  if (reading !== null) return 'live';
  return problem === null ? 'connecting' : 'disconnected';
}

/** Without a figure that moves: it is read out when it changes. */
function stateOfView({ reading, problem, isStale }: ClientsView): string {
  if (problem !== null) return `${problem.replace(/\.$/, '')}; asked again each second`;
  if (isStale) return `${silentWords}; it is waited for`;
  return reading === null ? 'Asking the gateway' : 'Up to date, asked each second';
}

function Head({ view }: { readonly view: ClientsView }) {
  const { reading, ageMs, isStale } = view;
  return (
    <header className="clients-head">
      <p className="clients-state" data-state={markOfView(view)} role="status">
        <ValidityMark state={markOfView(view)} label={null} />
        {stateOfView(view)}
      </p>
      {reading === null ? null : (
        <p className="clients-since num">
          {isStale
            ? `figures of ${formatTime(reading.report.time)} ${zoneLabel()}, ${formatDuration(ageMs)} old`
            : `this gateway, up ${formatDuration(reading.report.uptimeMs)}`}
        </p>
      )}
    </header>
  );
}

function Figures({ figures }: { readonly figures: readonly ClientFigure[] }) {
  return (
    <ul className="clients-figures" aria-label="Figures of the gateway">
      {figures.map(({ key, label, value, unit, note }) => (
        <li key={key} aria-label={label}>
          <h3>{label}</h3>
          <p className="clients-value num">
            <b>{value}</b> {unit}
          </p>
          <p className="clients-note num" title={note}>
            {note}
          </p>
        </li>
      ))}
    </ul>
  );
}

function emptyWords({ view }: ClientsReport): readonly [title: string, text: string] {
  return view === 'own'
    ? ['None of the connections is yours', 'The figures above are of all; others’ are not listed.']
    : [
        'No program is connected',
        'Programs come to the address of this page by WebSocket, Socket.IO, SSE or long polling.',
      ];
}

function hiddenWords({ view, visible, connections }: ClientsReport): string | null {
  const more = visible - connections.length;
  if (more > 0)
    return `${formatCount(more)} more are counted and not listed; slow ones come first.`;
  return view === 'own' ? 'Your connections; the figures above are of all.' : null;
}

function rowsOf(reading: ClientsReading | null, isStale: boolean): readonly ClientRow[] {
  if (reading === null) return [];
  return reading.report.connections.map((connection) => ({
    connection,
    recordsPerSec: reading.recordsPerSecById.get(connection.id) ?? null,
    isStale,
  }));
}

function Connections({ view }: { readonly view: ClientsView }) {
  const { reading, isStale } = view;
  const [chosen, setChosen] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(reading, isStale), [reading, isStale]);
  const close = () => {
    setChosen(null);
    box.current?.querySelector<HTMLElement>('.ag-row-selected .ag-cell')?.focus();
  };
  if (reading === null) return <div className="clients-table" />;
  const { report } = reading;
  const [title, text] = emptyWords(report);
  const hidden = hiddenWords(report);
  return (
    <>
      <div ref={box} className="clients-table data-grid">
        {rows.length === 0 ? (
          <PanelMessage title={title} text={text} />
        ) : (
          <ClientsTable
            rows={rows}
            showsAddress={report.view === 'all'}
            chosen={chosen}
            onChoose={setChosen}
          />
        )}
      </div>
      {hidden === null || rows.length === 0 ? null : <p className="clients-hidden">{hidden}</p>}
      {chosen === null ? null : (
        <ClientDetails
          row={rows.find(({ connection }) => connection.id === chosen) ?? null}
          id={chosen}
          onClose={close}
        />
      )}
    </>
  );
}

function GatewayClients() {
  const box = useRef<HTMLDivElement>(null);
  const view = useClients(useShown(box));
  return (
    <div ref={box} className="clients" data-stale={view.isStale}>
      <Head view={view} />
      <Figures figures={clientFigures(view.reading)} />
      <Connections view={view} />
    </div>
  );
}

/** Who is connected to the gateway that serves this page, and how well they are served. */
export function ClientsPanel() {
  const host = useWindowState(({ hello }) => hello?.host ?? null);
  if (host !== 'desktop') return <GatewayClients />;
  return (
    <PanelMessage
      title="Programs connect at a gateway"
      text="This window belongs to the desktop, which serves nobody else. Start one with: truetape gateway"
    />
  );
}
