import type { BookView } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { bookPartState } from '../../canvas/coverageState.ts';
import { coverageWords } from '../../widgets/validity.ts';
import type { LadderState } from './ladderState.ts';
import type { MidPrice } from './midRow.ts';

/** The marks of a painted frame. */
export interface LadderMarks {
  readonly state: LadderState;
  readonly view: BookView | null;
  readonly mid: MidPrice | null;
  /** Venues whose last levels stand hatched beside the bars. */
  readonly ghosts: readonly VenueId[];
}

/** The row between the sides and what stands beside the levels, in words: the canvas shows them as marks. */
export function describeMarks(frame: LadderMarks): readonly string[] {
  const { mid, view, state } = frame;
  const words: string[] = [];
  if (state.type === 'held') words.push(`Not live: ${state.title}, ${state.detail}`);
  if (mid !== null) {
    const age = mid.age === null ? '' : `, ${mid.age} old`;
    const marks = coverageWords(mid.cells);
    const label = marks.startsWith(mid.label) ? '' : `, ${mid.label}`;
    words.push(`Price ${mid.text}, ${mid.look}${age}${label}. ${marks}`);
  }
  for (const part of view?.parts ?? []) {
    if (part.counted) continue;
    const note = part.note === null ? '' : `, ${part.note}`;
    words.push(
      `Book of ${venueRecord(part.venue).name} ${bookPartState(part)}, not in the levels${note}`,
    );
  }
  for (const venue of frame.ghosts) {
    words.push(`Last levels of ${venueRecord(venue).name} hatched beside the bars`);
  }
  return words;
}

/** What tests and other programs may read of the marks on the canvas. */
export function markAttributes(frame: LadderMarks): Readonly<Record<string, string>> {
  const { mid, view } = frame;
  return {
    'data-mid': mid?.text ?? '',
    'data-mid-look': mid?.look ?? 'none',
    'data-mid-label': mid?.label ?? '',
    'data-mid-cells': (mid?.cells ?? []).map((cell) => `${cell.venue}:${cell.state}`).join(','),
    'data-parts': (view?.parts ?? [])
      .map((part) => `${part.venue}:${bookPartState(part)}`)
      .join(','),
    'data-ghosts': frame.ghosts.join(','),
  };
}
