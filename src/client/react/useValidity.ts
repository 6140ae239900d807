import { useEffect, useMemo } from 'react';
import type { WireStatus } from '../../shared/gateway/wire.ts';
import type { DataSource } from '../../shared/values.ts';
import type { ClientGap } from '../clientContract.ts';
import { useRealTimeStore, useSelected } from './realTimeContext.ts';

/** How far the values of a channel can be believed; belongs beside each of them on the screen. */
export interface ShownValidity {
  readonly status: WireStatus;
  /** For a person, where the status is not live: why. */
  readonly note: string | null;
  /** At this render; another one follows each second in which no value comes. */
  readonly ageMs: number | null;
  readonly source: DataSource | null;
  /** Whether every event since the first one came. */
  readonly isWhole: boolean;
  /** Losses of this channel on the way here, oldest first. Those of the venues are in `useGaps`. */
  readonly gaps: readonly ClientGap[];
}

/** Younger than this an age is no news, and what is live is not rendered for it. */
const youngMs = 2_000;

const noGaps: readonly ClientGap[] = [];
const nothingAsked = { status: 'none', note: null, ageMs: null, isWhole: true } as const;

export function useValidity(channel: string): ShownValidity {
  return useValidityOf(channel);
}

/** Null: of nothing, which never renders. */
export function useValidityOf(channel: string | null): ShownValidity {
  const { client, watchAges } = useRealTimeStore();
  const isAsked = channel !== null;
  useEffect(() => (isAsked ? watchAges() : undefined), [watchAges, isAsked]);
  const { status, note, isWhole, source } = useSelected((state) => {
    const { ageMs, ...validity } = channel === null ? nothingAsked : client.getValidity(channel);
    const ageStep = ageMs === null || ageMs < youngMs ? 0 : Math.floor(ageMs / 1_000);
    return { ...validity, source: state.source, ageStep };
  });
  const gaps = useSelected((state) => (isAsked ? state.gaps : noGaps));
  const id = useSelected(({ viewByRequest }) =>
    channel === null ? '' : (viewByRequest.get(channel.replaceAll('/', '-'))?.channel ?? channel),
  );
  const ownGaps = useMemo(
    () => gaps.filter(({ channels }) => channels === null || channels.includes(id)),
    [gaps, id],
  );
  const { ageMs } = channel === null ? nothingAsked : client.getValidity(channel);
  return { status, note, ageMs, source, isWhole, gaps: ownGaps };
}
