import { assertNever } from '../../shared/assert.ts';
import type { Command, CommandResult } from '../../shared/bridge.ts';
import type { EpochMs } from '../../shared/market.ts';
import type { Mark } from '../../shared/marks.ts';
import type { Timeline } from '../../shared/replay.ts';
import { answer, done, findMarket, refuse } from './commandResult.ts';
import type { CoreView } from './coreView.ts';
import type { SessionTimeline } from './recording/sessionTimeline.ts';

/** Marks and course of the session that a window looks at. */
export interface LookedSession {
  readonly id: string;
  readonly timeline: SessionTimeline;
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
  /** Where the window stands. */
  readonly now: EpochMs;
}

type LookedCommand = Extract<
  Command,
  { type: 'loadTimeline' | 'addMark' | 'changeMark' | 'removeMark' }
>;

/** The course of a session, and a person's own marks in it. */
export function runLooked(
  command: LookedCommand,
  looked: LookedSession | null,
  view: CoreView,
): CommandResult<unknown> {
  if (looked === null) return nothingRecorded;
  const { timeline } = looked;
  switch (command.type) {
    case 'loadTimeline':
      return loadTimeline(command, looked, view);
    case 'addMark':
      return addMark(command, looked, view);
    case 'changeMark': {
      const isChanged = timeline.change(command.mark, command.note.trim());
      return isChanged ? done : noMark(command.mark, looked);
    }
    case 'removeMark':
      return timeline.remove(command.mark) ? done : noMark(command.mark, looked);
    default:
      return assertNever(command);
  }
}

function loadTimeline(
  command: Extract<Command, { type: 'loadTimeline' }>,
  { id, timeline, startTime, endTime }: LookedSession,
  view: CoreView,
): CommandResult<Timeline> {
  const market = findMarket(command.market, view);
  if (!market.ok) return market;
  const course = timeline.timeline(market.value, command.buckets, { startTime, endTime });
  return answer<'loadTimeline'>({ session: id, ...course });
}

function addMark(
  command: Extract<Command, { type: 'addMark' }>,
  { timeline, startTime, endTime, now }: LookedSession,
  view: CoreView,
): CommandResult<Mark> {
  const time = command.time ?? now;
  if (time < startTime || time > endTime) {
    return refuse('not-available', 'This time is outside of the session. Choose one inside of it.');
  }
  const market = command.market === null ? null : findMarket(command.market, view);
  if (market?.ok === false) return market;
  return answer<'addMark'>(
    timeline.add({
      ...{ kind: 'user', time, toTime: null, venue: null, text: command.note.trim() },
      market: market === null ? null : market.value,
    }),
  );
}

function noMark(id: string, { timeline }: LookedSession): CommandResult<never> {
  const isThere = timeline.marks().some((mark) => mark.id === id);
  return refuse(
    'not-available',
    isThere
      ? 'Truetape made this mark itself; only your own can be changed.'
      : 'There is no such mark any more.',
  );
}

const nothingRecorded = refuse(
  'not-available',
  'Nothing is being recorded. Press Record, or open a recorded session.',
);
