import { simVenueIds } from '../market/venueProfiles.ts';
import type { SimVenueId } from '../market/venueProfiles.ts';
import type { JsonObject } from '../wire/query.ts';
import type { FrameKind, OutgoingFrame } from './faultBoard.ts';
import { ControlError, readNumber, readText, readVenue } from './faultRecord.ts';
import type { FaultStage } from './faultRecord.ts';

export const longestMs = 7 * 86_400_000;
const frameKinds: readonly FrameKind[] = ['trade', 'diff', 'snapshot', 'state', 'candle'];

/** Which part of a venue's traffic a fault touches, how often and how long. */
export interface Scope {
  readonly venue: SimVenueId;
  readonly market: string | undefined;
  /** The venue's name of a stream, or a part of it. */
  readonly stream: string | undefined;
  readonly kind: FrameKind | undefined;
  readonly count: number;
  readonly probability: number;
  readonly durationMs: number;
}

/** Without count, probability and duration a fault happens once. */
export function readScope(fields: JsonObject): Scope {
  const count = readNumber(fields, 'count', 1, 1e9);
  const probability = readNumber(fields, 'probability', 0, 1);
  const durationMs = readNumber(fields, 'durationMs', 1, longestMs);
  const isBounded = probability !== undefined || durationMs !== undefined;
  return {
    venue: readVenue(fields),
    market: readText(fields, 'market'),
    stream: readText(fields, 'stream'),
    kind: readChoice(fields, 'kind', frameKinds),
    count: count ?? (isBounded ? Infinity : 1),
    probability: probability ?? 1,
    durationMs: durationMs ?? Infinity,
  };
}

export function readChoice<Choice extends string>(
  fields: JsonObject,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = readText(fields, name);
  if (text === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new ControlError(`${name} must be one of ${choices.join(', ')}`);
  return choice;
}

export function checkMarket(
  stage: FaultStage,
  venue: SimVenueId,
  market: string | undefined,
): void {
  if (market !== undefined && !stage.hasMarket(venue, market)) {
    throw new ControlError(`${venue} has no market "${market}"`);
  }
}

export function marketsOf(
  stage: FaultStage,
  venue: SimVenueId,
  market: string | undefined,
): readonly string[] {
  checkMarket(stage, venue, market);
  return market === undefined ? stage.markets(venue) : [market];
}

export function allVenues(fields: JsonObject): readonly SimVenueId[] {
  return fields['venue'] === undefined ? simVenueIds : [readVenue(fields)];
}

/** Counts down a running fault's occurrences. */
export class Occurrences {
  readonly until: number;
  private readonly scope: Scope;
  private readonly stage: FaultStage;
  private left: number;

  constructor(scope: Scope, stage: FaultStage) {
    checkMarket(stage, scope.venue, scope.market);
    this.scope = scope;
    this.stage = stage;
    this.left = scope.count;
    this.until = stage.now() + scope.durationMs;
  }

  /** Whether it happens to this frame. */
  strikesFrame(frame: OutgoingFrame): boolean {
    return isInScope(frame, this.scope) && this.strikes();
  }

  strikesStream(stream: string): boolean {
    const { stream: wanted } = this.scope;
    return (wanted === undefined || stream.includes(wanted)) && this.strikes();
  }

  strikes(): boolean {
    if (this.left <= 0) return false;
    const { probability } = this.scope;
    if (probability < 1 && this.stage.draw() >= probability) return false;
    this.left -= 1;
    return true;
  }
}

export function isInScope(
  frame: OutgoingFrame,
  scope: Pick<Scope, 'market' | 'stream' | 'kind'>,
): boolean {
  if (scope.market !== undefined && frame.market !== scope.market) return false;
  if (scope.kind !== undefined && frame.kind !== scope.kind) return false;
  return scope.stream === undefined || frame.stream.includes(scope.stream);
}
