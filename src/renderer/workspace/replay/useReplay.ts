import { useEffect, useState } from 'react';
import type { EpochMs } from '../../../shared/market.ts';
import type { ReplayState } from '../../../shared/replay.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { isNextTick } from '../../store/renderGate.ts';
import { isRecorded } from '../../store/windowState.ts';
import { useSession } from '../session.ts';
import { replayControl } from './replayControl.ts';

/** The replay that this window shows; null for a market. */
export function useReplay(): ReplayState | null {
  const { source, status } = useSession();
  return isRecorded(source) ? (status?.replay ?? null) : null;
}

/** Where the replay stands, rendered at most once per interval of our own time, and not at all while it stands. */
export function useReplayPosition(replay: ReplayState, intervalMs: number): EpochMs {
  const store = useMarketStore();
  const control = replayControl(store);
  const [position, setPosition] = useState(() => Math.floor(control.position(replay)));
  useEffect(() => {
    let lastMs = Number.NEGATIVE_INFINITY;
    let last: EpochMs | null = null;
    return store.onFrame((frameTime) => {
      const now = control.replay === null ? null : Math.floor(control.position(control.replay));
      if (now === null || now === last || !isNextTick(lastMs, frameTime, intervalMs)) return;
      last = now;
      lastMs = frameTime;
      setPosition(now);
    });
  }, [store, control, intervalMs]);
  return position;
}
