import { Radio, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { HostStatus } from '../../shared/values.ts';
import { useMarketStore } from '../store/hooks.ts';
import { Button } from '../widgets/Button.tsx';
import { ValidityMark } from '../widgets/ValidityMark.tsx';
import { sourceKind } from '../widgets/SourceBadge.tsx';
import { useHostNow, useSession } from './session.ts';
import { Bar } from './Bar.tsx';
import { OfflineBar } from './OfflineBar.tsx';
import { ReplayBar } from './replay/ReplayBar.tsx';
import { useToasts } from './toasts.ts';
import './frame.css';

function useSwitchSource(): (source: 'live' | 'simulated') => Promise<void> {
  const store = useMarketStore();
  const show = useToasts((state) => state.show);
  return async (source) => {
    const answer = await store.command({ type: 'switchSource', source });
    if (answer.ok) return;
    show({ mark: 'error', title: 'The source was not changed', text: answer.message, stays: true });
  };
}

function SimulatedBar({ status }: { readonly status: HostStatus }) {
  const switchSource = useSwitchSource();
  const [trying, setTrying] = useState(false);
  const fallback = status.sourceReason === 'fallback';
  const why = fallback
    ? 'No venue answered, so local venues on their real wire protocols started. No price here is real.'
    : `${status.venuesTotal} local venues on their real wire protocols. No price here is real.`;
  const goLive = () => {
    setTrying(true);
    void switchSource('live').finally(() => setTrying(false));
  };
  return (
    <Bar kind="simulated" title="Simulated market" text={why}>
      {fallback ? (
        <span className="source-bar-note">
          {status.liveReachable ? 'Venues can be reached again' : 'Venues are tried every 30 s'}
        </span>
      ) : null}
      <Button
        icon={status.liveReachable ? Radio : RefreshCw}
        look={status.liveReachable ? 'primary' : 'plain'}
        disabled={trying}
        onClick={goLive}
      >
        {status.liveReachable || !fallback ? 'Switch to live' : 'Retry live'}
      </Button>
    </Bar>
  );
}

function ProbingBar({ status }: { readonly status: HostStatus }) {
  const switchSource = useSwitchSource();
  const now = useHostNow(100);
  const left = status.decisionTime === null ? null : status.decisionTime - now;
  return (
    <Bar
      kind="probing"
      title={
        <>
          <ValidityMark state="connecting" label={null} />
          {left === null
            ? 'Looking for venues'
            : `Looking for venues, ${Math.max(0, Math.ceil(left / 1000))} s`}
        </>
      }
      text="If none answers by then, a simulated market starts, marked as such everywhere."
    >
      <Button onClick={() => void switchSource('simulated')}>Start the simulated market</Button>
    </Bar>
  );
}

/** Shown whenever what is on the screen is not plainly live: what it is, and what comes next. */
export function SourceBar() {
  const { link, linked, source, status } = useSession();
  if (!linked)
    return link.status === 'connecting' && status === null ? null : <OfflineBar link={link} />;
  if (source !== null && sourceKind(source) === 'replay') return <ReplayBar />;
  if (status === null) return null;
  if (status.sourceReason === 'probing') return <ProbingBar status={status} />;
  if (source === null) return null;
  switch (sourceKind(source)) {
    case 'live':
      return null;
    case 'simulated':
      return <SimulatedBar status={status} />;
    default:
      return null;
  }
}
