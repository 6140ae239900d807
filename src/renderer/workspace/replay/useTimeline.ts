import { useEffect, useState } from 'react';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { ReplayState, Timeline } from '../../../shared/replay.ts';
import { useMarketStore, useMarkList } from '../../store/hooks.ts';
import { fileWords, isOfFile } from './replayControl.ts';

/** Half a bucket per pixel of a wide window. */
const wantedBuckets = 1000;
/** A session that is still recorded grows: its timeline is asked for again when it has grown by so much. */
const grownShare = 0.02;

/** The host makes one that is missing while the replay plays: so long it is asked for again and again. */
const fillingMs = 3_000;
/** Answers in a row that bring nothing more: what is missing will not come. Marks that change begin anew. */
const mostIdle = 10;
const shortTailMs = 15_000;

export interface LoadedTimeline {
  readonly timeline: Timeline | null;
  readonly problem: string | null;
}

interface Loaded extends LoadedTimeline {
  /** Answers in a row without a count that was not there before. */
  readonly idle: number;
}

const nothing: Loaded = { timeline: null, problem: null, idle: 0 };
const ofFile: LoadedTimeline = { timeline: null, problem: fileWords };

/** How far its messages are counted. */
function reachOf({ startTime, endTime, buckets }: Timeline): EpochMs {
  const last = buckets.findLastIndex(({ messages }) => messages !== null);
  return startTime + ((last + 1) / Math.max(1, buckets.length)) * (endTime - startTime);
}

function isFilling(timeline: Timeline): boolean {
  const lengthMs = timeline.endTime - timeline.startTime;
  return timeline.endTime - reachOf(timeline) > Math.max(shortTailMs, lengthMs * grownShare);
}

/** After another answer for the same session. */
function followed(before: Loaded, timeline: Timeline): Loaded {
  const held = before.timeline?.session === timeline.session ? before.timeline : null;
  const isMore = held === null || reachOf(timeline) > reachOf(held);
  return { timeline, problem: null, idle: isMore ? 0 : before.idle + 1 };
}

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
  // They change with the end of what the host makes, too.
  const marks = useMarkList();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (loaded.timeline === null || !isFilling(loaded.timeline) || loaded.idle >= mostIdle) {
      return undefined;
    }
    const timer = setTimeout(() => setRound((count) => count + 1), fillingMs);
    return () => clearTimeout(timer);
  }, [loaded]);
  useEffect(() => {
    if (isFile) return undefined;
    let isCurrent = true;
    void store.command({ type: 'loadTimeline', market, buckets: wantedBuckets }).then((answer) => {
      if (!isCurrent) return;
      if (answer.ok) setLoaded((before) => followed(before, answer.value));
      else setLoaded({ ...nothing, problem: answer.message });
    });
    return () => {
      isCurrent = false;
    };
  }, [store, session, market, growth, isFile, marks, round]);
  if (isFile) return ofFile;
  return loaded.timeline === null || held !== null ? loaded : nothing;
}
