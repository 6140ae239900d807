import type { GapRecord } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type { EpochMs } from '../../shared/market.ts';
import { useHostStatus, useIncidents, useTopicValue } from '../store/hooks.ts';

const gapsTopic = [{ topic: 'gaps' }] as const;
const pastTopics = [{ topic: 'gaps' }, { topic: 'incidents' }] as const;

/** What the engine tells about the time before the page was opened. */
export interface HealthPast {
  readonly gaps: readonly GapRecord[];
  readonly incidents: readonly Incident[];
  readonly watchedSince: EpochMs | null;
}

export function useHealthPast(): HealthPast {
  const gaps = useTopicValue(gapsTopic, (store) => store.gaps());
  const incidents = useIncidents();
  const told = useTopicValue(
    pastTopics,
    (store) => store.isTold({ topic: 'incidents' }) && store.isTold({ topic: 'gaps' }),
  );
  const watchedSince = useHostStatus()?.watchedSince ?? null;
  return { gaps, incidents, watchedSince: told ? watchedSince : null };
}
