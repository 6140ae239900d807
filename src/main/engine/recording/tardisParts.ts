import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { isVenueId } from '../../../shared/venues.ts';
import type { CoreInput } from '../inputs.ts';
import { createVenue } from '../venues/registry.ts';
import type { RecordedItem } from './readRecords.ts';
import { RecordReader } from './readRecords.ts';
import { readSegment } from './readSegment.ts';
import type { RecordedSession } from './recordingLibrary.ts';
import type { DamagedSegment, SegmentHead } from './recordingReader.ts';
import { RecordingReader } from './recordingReader.ts';

/** What of a session is meant; null: everything. */
export interface TardisSelection {
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly venue: VenueId | null;
  /** `okx-business#1`. */
  readonly connection?: string | null;
}

export type TardisPart =
  | {
      readonly type: 'frame' | 'sent';
      readonly time: EpochMs;
      readonly connection: string;
      readonly text: string;
    }
  /** The REST answer that a book was joined from. */
  | {
      readonly type: 'snapshot';
      readonly time: EpochMs;
      readonly venue: VenueId;
      readonly symbol: string;
      readonly body: string;
    }
  /** What follows does not continue what came before. */
  | { readonly type: 'break'; readonly time: EpochMs };

/** The raw traffic of a session in its order, a portion for each block of the file. Needs no state of the engine. */
export async function* tardisParts(
  session: Pick<RecordedSession, 'segments'>,
  selection: TardisSelection,
  onDamage: (damage: DamagedSegment) => void = () => undefined,
): AsyncGenerator<readonly TardisPart[]> {
  const { heads } = await RecordingReader.open(session.segments.map(({ path }) => path));
  const picker = new PartPicker(selection);
  let handled: number | null = null;
  for (const head of between(heads, selection)) {
    const reader = new RecordReader();
    if (handled !== null && head.inputs > handled) picker.breakOff(head.startTime);
    for await (const frame of readSegment(head.path, (damage) =>
      onDamage({ path: head.path, ...damage }),
    )) {
      if (frame.type !== 'records') continue;
      let number = frame.firstInput - 1;
      for (const item of reader.read(frame.body)) {
        if (item.type === 'input') number += 1;
        picker.take(item);
      }
      handled = number;
      const parts = picker.parts.splice(0);
      if (parts.length > 0) yield parts;
    }
  }
}

function between(
  heads: readonly SegmentHead[],
  { from, to }: TardisSelection,
): readonly SegmentHead[] {
  const first = from === null ? 0 : heads.findLastIndex(({ startTime }) => startTime <= from);
  return heads.slice(Math.max(0, first)).filter(({ startTime }) => to === null || startTime <= to);
}

class PartPicker {
  readonly parts: TardisPart[] = [];
  private readonly selection: TardisSelection;
  private readonly open = new Set<string>();
  private readonly paths = new Map<number, { readonly venue: VenueId; readonly path: string }>();
  private hasFrame = false;

  constructor(selection: TardisSelection) {
    this.selection = selection;
  }

  take(item: RecordedItem): void {
    if (item.type === 'input') this.takeInput(item.input);
    else if (item.type === 'lost') this.breakOff(item.time.receivedTime);
    else if (item.type === 'effect') {
      const { effect, time } = item;
      if (effect.type === 'fetch') {
        this.paths.set(effect.requestId, { venue: effect.venue, path: effect.request.path });
      } else if (effect.type === 'send' && this.isMeant(effect.connection, time.receivedTime)) {
        const { connection, text } = effect;
        this.parts.push({ type: 'sent', time: time.receivedTime, connection, text });
      }
    }
  }

  breakOff(time: EpochMs): void {
    if (!this.hasFrame || !this.isWithin(time)) return;
    this.hasFrame = false;
    this.parts.push({ type: 'break', time });
  }

  private takeInput(input: CoreInput): void {
    switch (input.type) {
      case 'frame': {
        const { connection, text, receivedTime: time } = input;
        if (!this.isMeant(connection, time)) return;
        this.open.add(connection);
        this.hasFrame = true;
        this.parts.push({ type: 'frame', time, connection, text });
        return;
      }
      case 'closed':
        if (this.open.delete(input.connection) && this.open.size === 0) {
          this.breakOff(input.receivedTime);
        }
        return;
      case 'restAnswered':
        if (input.status === 200) this.takeAnswer(input.requestId, input.body, input.receivedTime);
        this.paths.delete(input.requestId);
        return;
      case 'restFailed':
        this.paths.delete(input.requestId);
        return;
      case 'attemptScheduled':
      case 'command':
      case 'opened':
      case 'pinged':
      case 'tick':
        return;
      default:
        input satisfies never;
    }
  }

  private takeAnswer(requestId: number, body: string, time: EpochMs): void {
    const asked = this.paths.get(requestId);
    if (asked === undefined || !this.isWithin(time)) return;
    const { venue, path } = asked;
    if (this.selection.venue !== null && this.selection.venue !== venue) return;
    const symbol = snapshotSymbol(venue, path);
    if (symbol !== null) this.parts.push({ type: 'snapshot', time, venue, symbol, body });
  }

  private isMeant(connection: string, time: EpochMs): boolean {
    const { venue, connection: wanted = null } = this.selection;
    if (wanted !== null && wanted !== connection) return false;
    return (venue === null || venueOf(connection) === venue) && this.isWithin(time);
  }

  private isWithin(time: EpochMs): boolean {
    const { from, to } = this.selection;
    return (from === null || time >= from) && (to === null || time <= to);
  }
}

/** `okx-business#1`: okx. */
function venueOf(connection: string): VenueId | null {
  const [name = ''] = connection.split(/[-#]/, 1);
  return isVenueId(name) ? name : null;
}

/** The symbol whose book snapshot has this path; null: it is another request. */
function snapshotSymbol(id: VenueId, path: string): string | null {
  const { rest } = createVenue(id);
  const query = new URLSearchParams(path.slice(path.indexOf('?') + 1));
  for (const value of query.values()) {
    if (rest.bookSnapshot(value)?.path === path) return value;
  }
  return null;
}
