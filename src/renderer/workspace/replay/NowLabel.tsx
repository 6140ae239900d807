import { formatTime } from '../../format/time.ts';
import { useHostNow, useIsRecorded } from '../session.ts';

function RecordedNow() {
  return formatTime(useHostNow());
}

/** The right end of an axis of time: in a recording no "now" is meant, but where it stands. */
export function NowLabel() {
  return useIsRecorded() ? <RecordedNow /> : 'now';
}
