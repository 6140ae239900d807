import type { BookSequencing, MarketDataEvent } from '../venues/venue.ts';
import type { Stream } from './stream.ts';

/** Frames and characters that one handover may hold back; beyond them a topic changes over unproven. */
const maxHeldFrames = 2_000;
const maxHeldLength = 8 * 1024 * 1024;
const maxHeardIds = 5_000;
/** A topic that is confirmed on the new socket and silent on both for this long has nothing under way on the old one. */
const settleMs = 3_000;

/** What the new socket has said of one topic that still follows the old one. */
interface Meeting {
  readonly held: string[];
  /** The old socket must have come this far, or nothing proves that the new one continues it; null: no such chain. */
  readonly reach: number | null;
  /** First trade of the new socket where ids do not count; null for everything else. */
  readonly firstId: string | null;
  /** The new socket's first message replaces everything: it only must not be older than what we have. */
  readonly isWhole: boolean;
  position: number | null;
}

export interface RotationSaved {
  readonly startedMs: number;
  readonly switched: readonly string[];
  readonly confirmedMs: readonly (readonly [string, number])[];
  readonly heard: readonly (readonly [string, readonly string[]])[];
  readonly meetings: readonly (readonly [string, Meeting])[];
}

/**
 * Make before break, topic by topic. Each topic follows the old socket until the new one provably continues it: a chain of ids
 * when the old one has reached the id before the new one's first message, a whole state when the new one is no older, trades
 * without countable ids when the old one has brought the new one's first. Until then the new socket's frames are held, so
 * nothing of one topic ever comes from two sockets in turns, and nothing between them is lost.
 */
export class Rotation {
  readonly startedMs: number;
  private readonly switched = new Set<string>();
  private readonly confirmedMs = new Map<string, number>();
  private readonly meetings = new Map<string, Meeting>();
  /** Trades that the old socket has brought since the rotation began, where ids do not count. */
  private readonly heard = new Map<string, Set<string>>();
  private heldFrames = 0;
  private heldLength = 0;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  hasSwitched(topic: string): boolean {
    return this.switched.has(topic);
  }

  /** The old socket brought this for a topic that still follows it. */
  noteOld(event: MarketDataEvent): void {
    if (event.type !== 'trade' || event.firstSequence !== null) return;
    let ids = this.heard.get(event.topic);
    if (ids === undefined) {
      ids = new Set();
      this.heard.set(event.topic, ids);
    }
    if (ids.size < maxHeardIds) ids.add(event.id);
  }

  noteConfirmed(topic: string, nowMs: number): void {
    if (!this.confirmedMs.has(topic)) this.confirmedMs.set(topic, nowMs);
  }

  /** The new socket brought this for a topic that still follows the old one. */
  hold(event: MarketDataEvent, text: string, sequencing: BookSequencing): void {
    let meeting = this.meetings.get(event.topic);
    if (meeting === undefined) {
      meeting = newMeeting(event, sequencing);
      this.meetings.set(event.topic, meeting);
    }
    meeting.position = positionOf(event) ?? meeting.position;
    // A frame with many trades is one frame: it is read again as a whole.
    if (meeting.held.at(-1) === text) return;
    meeting.held.push(text);
    this.heldFrames += 1;
    this.heldLength += text.length;
  }

  /** Whether the new socket provably continues what the old one has said of the topic. */
  isMet({ definition, position, messages }: Stream): boolean {
    const meeting = this.meetings.get(definition.topic);
    if (meeting === undefined) return false;
    if (messages === 0) return true;
    if (meeting.firstId !== null) {
      return this.heard.get(definition.topic)?.has(meeting.firstId) === true;
    }
    if (position === null) return true;
    if (meeting.isWhole) return meeting.position === null || meeting.position >= position;
    return meeting.reach === null || position >= meeting.reach;
  }

  get isFull(): boolean {
    return this.heldFrames > maxHeldFrames || this.heldLength > maxHeldLength;
  }

  /** The topic follows the new socket from here on; returns the frames that were held of it. */
  switchOver(topic: string): readonly string[] {
    this.switched.add(topic);
    const held = this.meetings.get(topic)?.held ?? [];
    this.meetings.delete(topic);
    this.heldFrames -= held.length;
    for (const text of held) this.heldLength -= text.length;
    return held;
  }

  /** Topics on which nothing has happened on either socket since the new one confirmed them. */
  settleQuiet(topics: Iterable<string>, nowMs: number): void {
    for (const topic of topics) {
      const since = this.confirmedMs.get(topic);
      if (since === undefined || nowMs - since < settleMs) continue;
      if (!this.meetings.has(topic)) this.switched.add(topic);
    }
  }

  /** Not yet following the new socket; `held`: it has spoken of it. */
  open(topics: Iterable<string>): readonly { readonly topic: string; readonly held: boolean }[] {
    const open: { topic: string; held: boolean }[] = [];
    for (const topic of topics) {
      if (!this.switched.has(topic)) open.push({ topic, held: this.meetings.has(topic) });
    }
    return open;
  }

  isComplete(topics: ReadonlySet<string>): boolean {
    for (const topic of topics) if (!this.switched.has(topic)) return false;
    return topics.size > 0;
  }

  save(): RotationSaved {
    return {
      startedMs: this.startedMs,
      switched: [...this.switched],
      confirmedMs: [...this.confirmedMs],
      heard: [...this.heard].map(([topic, ids]) => [topic, [...ids]] as const),
      meetings: [...this.meetings].map(
        ([topic, meeting]) => [topic, { ...meeting, held: [...meeting.held] }] as const,
      ),
    };
  }

  static restored(saved: RotationSaved): Rotation {
    const rotation = new Rotation(saved.startedMs);
    for (const topic of saved.switched) rotation.switched.add(topic);
    for (const [topic, ms] of saved.confirmedMs) rotation.confirmedMs.set(topic, ms);
    for (const [topic, ids] of saved.heard) rotation.heard.set(topic, new Set(ids));
    for (const [topic, meeting] of saved.meetings) {
      rotation.meetings.set(topic, { ...meeting, held: [...meeting.held] });
      rotation.heldFrames += meeting.held.length;
      for (const text of meeting.held) rotation.heldLength += text.length;
    }
    return rotation;
  }
}

/** How far a message takes its stream, comparable between two sockets of one venue; null where it cannot be told. */
export function positionOf(event: MarketDataEvent): number | null {
  if (event.type === 'trade') return event.lastSequence;
  if (event.type === 'book') return event.sequence.last < 0 ? null : event.sequence.last;
  return event.type === 'bbo' ? (event.sequence ?? event.venueTime) : event.venueTime;
}

/** State that replaces itself: an older message of it than the one we have says nothing. */
export function isOutdated(event: MarketDataEvent, position: number | null): boolean {
  if (event.type === 'trade' || event.type === 'book' || position === null) return false;
  const own = positionOf(event);
  return own !== null && own <= position;
}

function newMeeting(event: MarketDataEvent, sequencing: BookSequencing): Meeting {
  const meeting: Meeting = { held: [], reach: null, firstId: null, isWhole: false, position: null };
  if (event.type === 'trade') {
    return event.firstSequence === null
      ? { ...meeting, firstId: event.id }
      : { ...meeting, reach: event.firstSequence - 1 };
  }
  if (event.type !== 'book') return { ...meeting, isWhole: true };
  const isWhole = event.kind === 'snapshot' || sequencing.bootstrap === 'everyMessage';
  if (isWhole) return { ...meeting, isWhole };
  const { first, last, previous } = event.sequence;
  return { ...meeting, reach: previous ?? (first ?? last) - 1 };
}
