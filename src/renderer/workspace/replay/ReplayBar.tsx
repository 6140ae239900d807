import { Radio, ShieldCheck, TriangleAlert } from 'lucide-react';
import type { ReplayState } from '../../../shared/replay.ts';
import { identity, useSnapshot } from '../../canvas/snapshot.ts';
import { formatDate, formatTimeMillis, zoneLabel } from '../../format/time.ts';
import { Button } from '../../widgets/Button.tsx';
import { Bar } from '../Bar.tsx';
import { useSession } from '../session.ts';
import { ReplayTimeline, useTimelineView } from './ReplayTimeline.tsx';
import { Transport } from './Transport.tsx';
import { isOfFile, useReplayControl } from './replayControl.ts';
import { checkWords, notComparable } from './replayWords.ts';
import { useReplay, useReplayPosition } from './useReplay.ts';
import './replay.css';

function ReplayTime({ replay }: { readonly replay: ReplayState }) {
  const position = useReplayPosition(replay, 33);
  const control = useReplayControl();
  const isSeeking = useSnapshot(control.target, (target) => target !== null);
  return (
    <p className="replay-time num" data-seeking={isSeeking || replay.isSeeking}>
      <span className="replay-date">{formatDate(position)} </span>
      {formatTimeMillis(position)} <span className="replay-zone">{zoneLabel()}</span>
      {replay.recordedSource === 'simulated' ? <SimulatedTag /> : null}
    </p>
  );
}

/** Recorded or not, no price of it is real; it stands where the time stands, which is never left out. */
function SimulatedTag() {
  return (
    <span className="replay-simulated" title="Recorded from a simulated market: no price is real">
      SIM
    </span>
  );
}

/** Whether what is played is what was: the newest comparison with what the live run wrote down. */
function CheckLine({ replay }: { readonly replay: ReplayState }) {
  if (replay.problem !== null) {
    return (
      <p className="replay-check" data-state="different" role="status" title={replay.problem}>
        <TriangleAlert size="1.2rem" strokeWidth={2} aria-hidden="true" />
        <span className="replay-check-words">{replay.problem}</span>
      </p>
    );
  }
  const { state, text, short, hash } = isOfFile(replay)
    ? notComparable
    : checkWords(replay.check, replay.recordedSource);
  const Icon = state === 'different' ? TriangleAlert : ShieldCheck;
  const end = replay.isFinished ? 'At its end. ' : '';
  return (
    <p className="replay-check" data-state={state} title={`${end}${text}`}>
      <Icon size="1.2rem" strokeWidth={2} aria-hidden="true" />
      <span className="replay-check-words">
        {replay.isFinished ? <b>At its end. </b> : null}
        {text}
      </span>
      <span className="replay-check-short" aria-hidden="true">
        {replay.isFinished ? 'At its end' : short}
      </span>
      {hash === null ? null : <span className="replay-hash">{hash}</span>}
    </p>
  );
}

/** To the market of the host. One that was started for a recording alone has none. */
function BackButton() {
  const { status } = useSession();
  const control = useReplayControl();
  const refused = useSnapshot(control.refused, identity);
  const alone = status !== null && status.beside === undefined;
  const refusal = alone
    ? 'This Truetape was started for this recording alone.'
    : (refused.get('closeReplay') ?? null);
  const words = status?.beside?.source === 'simulated' ? 'Back to the simulation' : 'Back to live';
  return (
    <Button
      className="button replay-back"
      icon={Radio}
      title={refusal ?? words}
      aria-label={words}
      disabled={refusal !== null}
      onClick={() => void control.closeReplay()}
    >
      <span className="replay-back-words">{words}</span>
    </Button>
  );
}

function RunningBar({ replay }: { readonly replay: ReplayState }) {
  const view = useTimelineView();
  return (
    <section className="source-bar replay-bar" data-kind="replay" aria-label="Source of the data">
      <Transport replay={replay} view={view} />
      <ReplayTimeline replay={replay} view={view} />
      <div className="replay-facts">
        <ReplayTime replay={replay} />
        <CheckLine replay={replay} />
      </div>
      <BackButton />
    </section>
  );
}

/** Transport and timeline of the recording that this window plays. */
export function ReplayBar() {
  const replay = useReplay();
  if (replay === null) {
    return <Bar kind="replay" title="Replay" text="The recording is being opened." />;
  }
  return <RunningBar replay={replay} />;
}
