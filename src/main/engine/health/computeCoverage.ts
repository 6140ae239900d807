import type { GapRecord } from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { CoverageSpan } from '../../../shared/values.ts';
import type { GapLog } from '../feed/gapLog.ts';
import type { InstrumentState } from '../market/instrumentState.ts';

/** Which spans of a venue's data are whole: live but for its gap records, from the first trade or start asked for. */
export function computeCoverage(
  state: InstrumentState,
  gaps: GapLog,
  from: EpochMs,
): readonly CoverageSpan[] {
  const { venue } = state.instrument;
  const firstTime = state.trades?.firstTime ?? null;
  if (firstTime === null) return [];
  const spans: CoverageSpan[] = [];
  let cursor = Math.max(from, firstTime);
  for (const gap of gaps.ofInstrument(state.id)) {
    if (gap.channel !== 'trade' || (gap.to ?? Number.POSITIVE_INFINITY) <= cursor) continue;
    const start = Math.max(cursor, gap.from);
    if (start > cursor) spans.push({ venue, from: cursor, to: start, state: 'live' });
    spans.push({ venue, from: start, to: gap.to, state: stateOf(gap) });
    if (gap.to === null) return spans;
    cursor = gap.to;
  }
  spans.push({ venue, from: cursor, to: null, state: 'live' });
  return spans;
}

function stateOf(gap: GapRecord): CoverageSpan['state'] {
  if (isRepaired(gap)) return 'repaired';
  if (gap.to !== null) return 'gap';
  if (gap.cause === 'disconnect') return 'disconnected';
  return gap.cause === 'stale' ? 'stale' : 'resyncing';
}
