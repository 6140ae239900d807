import { FlaskConical, History } from 'lucide-react';
import type { DataSource } from '../../shared/values.ts';
import { CoverageMark } from './CoverageMark.tsx';
import { ValidityMark } from './ValidityMark.tsx';
import type { CoverageCell } from './validity.ts';
import { countCoverage, coverageWords } from './validity.ts';
import './badges.css';

export type SourceKind = 'live' | 'simulated' | 'replay';

export function sourceKind(source: DataSource): SourceKind {
  return source === 'live' || source === 'simulated' ? source : 'replay';
}

export interface SourceBadgeProps {
  /** Null: not known yet, the page has not heard from its host. */
  readonly source: DataSource | null;
  /** `title` is 22 px high, `panel` 16. */
  readonly size: 'title' | 'panel';
  /** SIMULATED becomes SIM in panels of 340 px or less. */
  readonly narrow?: boolean;
  /** Connected to the host, and the host to at least one venue. */
  readonly linked: boolean;
  /** Coverage of what the badge speaks for; a live source with venues missing is degraded. */
  readonly cells?: readonly CoverageCell[];
}

function LiveBadge({ size, cells }: Pick<SourceBadgeProps, 'size' | 'cells'>) {
  const count = cells === undefined ? null : countCoverage(cells);
  const degraded = count !== null && count.live < count.listed;
  const none = degraded && count.live === 0;
  const words = degraded ? coverageWords(cells ?? []) : 'live';
  return (
    <span
      className="source-badge"
      data-kind={none ? 'offline' : degraded ? 'degraded' : 'live'}
      data-size={size}
      title={words}
    >
      {degraded && size === 'panel' && cells !== undefined ? (
        <CoverageMark cells={cells} spoken={false} />
      ) : (
        <ValidityMark
          state={none ? 'disconnected' : 'live'}
          label={null}
          breathing={size === 'title'}
        />
      )}
      LIVE
      {degraded ? (
        <span className="source-count">
          {size === 'title'
            ? `${count.live} of ${count.listed} venues`
            : `${count.live}/${count.listed}`}
        </span>
      ) : null}
      <span className="visually-hidden">{degraded ? words : ''}</span>
    </span>
  );
}

/** LIVE, SIMULATED, REPLAY or OFFLINE: stands wherever a price can be read. */
export function SourceBadge({ source, size, narrow = false, linked, cells }: SourceBadgeProps) {
  if (source === null || !linked) {
    const offline = source !== null;
    return (
      <span
        className="source-badge"
        data-kind={offline ? 'offline' : 'connecting'}
        data-size={size}
      >
        <ValidityMark state={offline ? 'disconnected' : 'connecting'} label={null} />
        {offline ? (
          'OFFLINE'
        ) : size === 'title' ? (
          'CONNECTING'
        ) : (
          <span className="visually-hidden">connecting</span>
        )}
      </span>
    );
  }
  const kind = sourceKind(source);
  if (kind === 'live') {
    return <LiveBadge size={size} {...(cells === undefined ? {} : { cells })} />;
  }
  const Icon = kind === 'simulated' ? FlaskConical : History;
  const count = cells === undefined ? null : countCoverage(cells);
  const short = kind === 'simulated' && narrow;
  return (
    <span
      className="source-badge"
      data-kind={kind}
      data-size={size}
      title={
        kind === 'simulated' ? 'Simulated market: no price here is real' : 'Replay of a recording'
      }
    >
      <Icon size="1.1rem" strokeWidth={2} aria-hidden="true" />
      {short ? <abbr title="Simulated">SIM</abbr> : kind === 'simulated' ? 'SIMULATED' : 'REPLAY'}
      {count !== null && count.live < count.listed ? (
        <span className="source-count">
          {count.live}/{count.listed}
        </span>
      ) : null}
    </span>
  );
}
