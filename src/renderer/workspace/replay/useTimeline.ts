import { useEffect, useState } from 'react';
import type { MarketId } from '../../../shared/market.ts';
import type { ReplayState, Timeline } from '../../../shared/replay.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { fileWords, isOfFile } from './replayControl.ts';

/** Half a bucket per pixel of a wide window. */
const wantedBuckets = 1000;
/** A session that is still recorded grows: its timeline is asked for again when it has grown by so much. */
const grownShare = 0.02;

export interface LoadedTimeline {
  readonly timeline: Timeline | null;
  readonly problem: string | null;
}

const nothing: LoadedTimeline = { timeline: null, problem: null };
const ofFile: LoadedTimeline = { timeline: null, problem: fileWords };

function isOutgrown(replay: ReplayState, { startTime, endTime }: Timeline): boolean {
  return replay.endTime - endTime > Math.max(1000, (endTime - startTime) * grownShare);
}

/** The session at a glance, with the prices of one market. */
export function useTimeline(replay: ReplayState, market: MarketId): LoadedTimeline {
  const store = useMarketStore();
  const [loaded, setLoaded] = useState(nothing);
  const { session } = replay;
  const held = loaded.timeline?.session === session ? loaded.timeline : null;
  const growth = held !== null && isOutgrown(replay, held) ? replay.endTime : null;
  const isFile = isOfFile(replay);
  useEffect(() => {
    if (isFile) return undefined;
    let isCurrent = true;
    void store.command({ type: 'loadTimeline', market, buckets: wantedBuckets }).then((answer) => {
      if (!isCurrent) return;
      if (answer.ok) setLoaded({ timeline: answer.value, problem: null });
      else setLoaded({ timeline: null, problem: answer.message });
    });
    return () => {
      isCurrent = false;
    };
  }, [store, session, market, growth, isFile]);
  if (isFile) return ofFile;
  return loaded.timeline === null || held !== null ? loaded : nothing;
}
