import type { ReactNode } from 'react';
import type { FeedHealth } from '../../shared/feedHealth.ts';
import type { LatencyFigures } from '../../shared/latency.ts';
import type { HostStatus } from '../../shared/values.ts';
import { formatDuration } from '../format/duration.ts';
import { formatCount, formatMs, formatSignedMs } from '../format/quantity.ts';
import { formatDate, formatTime, zoneLabel } from '../format/time.ts';
import { noValue } from '../format/digits.ts';
import { useHealth, useTopicValue } from '../store/hooks.ts';
import { isRecorded } from '../store/windowState.ts';
import { CoverageMark } from '../widgets/CoverageMark.tsx';
import { countCoverage } from '../widgets/validity.ts';
import { RecordingEntry } from './RecordingEntry.tsx';
import { recorded } from './replay/replayControl.ts';
import { speedWords } from './replay/replayWords.ts';
import { clampTime } from './replay/timelineScale.ts';
import { useReplay } from './replay/useReplay.ts';
import { usePaintFigures } from './paintLatency.ts';
import { useHostNow, usePageStep, useSession } from './session.ts';
import { useVenueCells } from './venueStates.ts';
import './statusBar.css';

interface EntryProps {
  readonly children: ReactNode;
  /** Left out first where the window is narrow. */
  readonly optional?: boolean;
  readonly className?: string;
}

function Entry({ children, optional = false, className = '' }: EntryProps) {
  return (
    <span className={`status-entry num ${className}`} data-optional={optional}>
      {children}
    </span>
  );
}

/** The middle of the venues' clock offsets: one odd venue does not move it. */
function medianOffset(health: FeedHealth | null): number | null {
  const offsets = (health?.connections ?? [])
    .flatMap(({ clockOffsetMs }) => (clockOffsetMs === null ? [] : [clockOffsetMs]))
    .toSorted((a, b) => a - b);
  return offsets[Math.floor(offsets.length / 2)] ?? null;
}

function Venues() {
  const { status, linked } = useSession();
  const health = useHealth();
  const cells = useVenueCells();
  const replay = useReplay();
  const { live, listed } = countCoverage(cells);
  return (
    <>
      <Entry>
        <CoverageMark cells={cells} />
        Venues <b>{linked && health !== null ? `${live}/${listed}` : noValue}</b>
      </Entry>
      <Entry optional>
        Symbols{' '}
        <b>
          {linked && status !== null ? `${status.symbolsLive}/${status.symbolsTotal}` : noValue}
        </b>
      </Entry>
      <Entry>
        <b>{formatCount(linked ? (health?.messagesPerSec ?? null) : null)}</b> msg/s
        {replay === null ? null : ` at ${speedWords(replay.speed)}`}
      </Entry>
    </>
  );
}

const lastMinute = [{ topic: 'latency', span: 'minute' }] as const;

/** Of the last minute, over all windows and venues; the host measures it message by message. */
function useWireToPixel(): LatencyFigures | null {
  const report = useTopicValue(lastMinute, (store) => store.latency('minute'));
  return report?.venues[0]?.receivedToPainted ?? null;
}

function Painted() {
  const { linked, source } = useSession();
  const replayed = isRecorded(source);
  const figures = usePaintFigures();
  const measured = useWireToPixel();
  const { p50Ms = null, p99Ms = null } = (replayed ? figures : measured) ?? {};
  return (
    <>
      <Entry>
        {replayed ? 'Frame' : 'Wire'} to pixel p50 <b>{formatMs(linked ? p50Ms : null)}</b> p99{' '}
        <b>{formatMs(linked ? p99Ms : null)}</b> ms
      </Entry>
      <Entry optional>
        <b>{formatCount(figures.framesPerSec)}</b> fps
      </Entry>
    </>
  );
}

function Gaps() {
  const { linked } = useSession();
  const told = useHealth();
  const health = linked ? told : null;
  const isReplay = useReplay() !== null;
  return (
    <Entry>
      {isReplay ? 'Gaps recorded' : 'Gaps'} <b>{formatCount(health?.gapsTotal ?? null)}</b> repaired{' '}
      <b>{formatCount(health?.gapsRepaired ?? null)}</b>
    </Entry>
  );
}

/** The recording's clock says so: beside it runs the one of the market. */
function Clock() {
  const replay = useReplay();
  const { source } = useSession();
  const now = useHostNow();
  if (isRecorded(source)) {
    const time = replay === null ? null : clampTime(now, recorded(replay));
    return (
      <Entry>
        <span className="status-clock">Clock of the recording</span>
        <b className="status-date">{formatDate(time)}</b>
        <b>{formatTime(time)}</b> {zoneLabel()}
      </Entry>
    );
  }
  return (
    <Entry>
      <b>{formatTime(now)}</b> {zoneLabel()}
    </Entry>
  );
}

/** Venues' clocks against ours: in a recording both are of then. */
function ClockOffset() {
  const { linked } = useSession();
  const health = useHealth();
  const isReplay = useReplay() !== null;
  if (isReplay) return null;
  return (
    <Entry className="status-offset">
      Clock offset <b>{formatSignedMs(linked ? medianOffset(health) : null)}</b>
    </Entry>
  );
}

const blockedShownMs = 60_000;

/** Our own loop stood still: for a minute it is said, because everything was late then. It is never on a recording's clock. */
function Blocked({ loop }: { readonly loop: HostStatus['loop'] }) {
  const hostNow = useHostNow();
  const pageNow = usePageStep(1000);
  const now = useReplay() === null ? hostNow : pageNow;
  const { blockedTime = null, blockedMs = null } = loop ?? {};
  if (blockedTime === null || blockedMs === null) return null;
  if (now - blockedTime - blockedMs > blockedShownMs) return null;
  return (
    <Entry>
      <span className="status-fault" role="status">
        loop blocked {formatDuration(blockedMs)} at {formatTime(blockedTime)}
      </span>
    </Entry>
  );
}

function Silence({ since }: { readonly since: number }) {
  const now = usePageStep(1000);
  return (
    <Entry>
      <span className="status-fault">no data for {formatDuration(Math.max(0, now - since))}</span>
    </Entry>
  );
}

/** What the whole machine is doing, in one line. */
export function StatusBar() {
  const { status, linked, link } = useSession();
  return (
    <footer className="status-bar" aria-label="Status">
      <div className="status-part">
        <Venues />
        <Painted />
        <Gaps />
        {linked ? null : <Silence since={link.since} />}
        {linked ? <Blocked loop={status?.loop ?? null} /> : null}
      </div>
      <div className="status-part" data-fixed>
        <RecordingEntry />
        <ClockOffset />
        <Clock />
      </div>
    </footer>
  );
}
