import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { Mark, MarkKind } from '../../../shared/marks.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { SessionTimeline } from './sessionTimeline.ts';

/** What falls this close together fell for one reason. */
const togetherMs = 5_000;
/** More marks of one key within this time are no news: they go on with the newest one. */
const crowdMs = 600_000;
const crowd = 6;
/** Members that a mark counts one by one. */
const mostMembers = 500;
const mostKnown = 4_000;
/** The first changes are told at once, then every so often. */
const promptChanges = 20;
const changeMs = 15_000;

/** One gap or incident. */
export interface GroupMember {
  readonly from: EpochMs;
  /** Null while it lasts. */
  readonly to: EpochMs | null;
  readonly market: MarketId | null;
  /** `BTC-USDT trades`: what is struck twice is one place. */
  readonly place: string;
  /** In words for a person. */
  readonly what: string;
  readonly cause: string;
  /** Trades, where their number is known. */
  readonly missing: number | null;
  /** Nothing is missing after all. */
  readonly isRepaired: boolean;
}

export interface GroupRules {
  readonly kind: MarkKind;
  /** One that begins within this time of the end of the newest of its key belongs to it. Null: each stands alone. */
  readonly joinMs: number | null;
  readonly text: (members: readonly GroupMember[], count: number) => string;
}

interface Group {
  readonly key: string;
  readonly venue: VenueId | null;
  readonly firstMs: number;
  /** When one of it last began or changed. */
  activeMs: number;
  /** One too many of its key has joined it: the others do too, until there is calm. */
  isCrowded: boolean;
  readonly members: Map<number, GroupMember>;
  count: number;
  /** Where the first of it began: of streams that fell together the one that had data last. */
  from: EpochMs;
  lastTo: EpochMs;
  mark: Mark | null;
  changes: number;
  toldMs: number;
}

/** Troubles as marks: those that belong together are one, which changes with them. */
export class MarkGroups {
  private readonly timeline: SessionTimeline;
  private readonly rules: GroupRules;
  private readonly newest = new Map<string, Group>();
  private readonly groupOf = new Map<number, Group>();
  /** When the last marks of each key were made. */
  private readonly madeMs = new Map<string, number[]>();
  private readonly changed = new Set<Group>();

  constructor(timeline: SessionTimeline, rules: GroupRules) {
    this.timeline = timeline;
    this.rules = rules;
  }

  has(id: number): boolean {
    return this.groupOf.has(id);
  }

  /** Whether the newest of a key still lasts. */
  isOpen(key: string): boolean {
    const group = this.newest.get(key);
    return group !== undefined && lasts(group);
  }

  put(key: string, venue: VenueId | null, id: number, member: GroupMember, nowMs: number): void {
    const known = this.groupOf.get(id);
    const group = known ?? this.join(key, nowMs) ?? this.begin(key, venue, member, nowMs);
    if (known === undefined) this.admit(group, id, member, nowMs);
    if (known !== undefined && !group.members.has(id)) return;
    group.members.set(id, member);
    if (member.to !== null) group.lastTo = Math.max(group.lastTo, member.to);
    group.activeMs = nowMs;
    this.changed.add(group);
  }

  /** Tells what has changed. `isLast`: whatever it is, there is no later. */
  settle(nowMs: number, isLast = false): void {
    for (const group of this.changed) {
      const mayTell = group.changes < promptChanges || nowMs - group.toldMs >= changeMs;
      if (!mayTell && !isLast) continue;
      this.changed.delete(group);
      group.changes += 1;
      group.toldMs = nowMs;
      this.tell(group);
    }
  }

  private tell(group: Group): void {
    const members = [...group.members.values()];
    const markets = new Set(members.map(({ market }) => market));
    const [market = null] = markets;
    const content = {
      kind: this.rules.kind,
      time: group.from,
      toTime: lasts(group) ? null : Math.max(group.from, group.lastTo),
      venue: group.venue,
      market: markets.size === 1 ? market : null,
      text: this.rules.text(members, group.count),
    };
    if (group.mark !== null) {
      group.mark = { ...content, id: group.mark.id };
      this.timeline.update(group.mark);
    } else if (group.changes === 1) group.mark = this.timeline.addAutomatic(content);
  }

  private join(key: string, nowMs: number): Group | null {
    const group = this.newest.get(key);
    if (group === undefined) return null;
    const { joinMs } = this.rules;
    if (joinMs !== null) {
      if (lasts(group) || nowMs - group.activeMs <= joinMs) return group;
    }
    if (group.isCrowded && nowMs - group.activeMs <= crowdMs) return group;
    const recent = (this.madeMs.get(key) ?? []).filter((madeMs) => nowMs - madeMs <= crowdMs);
    group.isCrowded = recent.length >= crowd;
    return group.isCrowded ? group : null;
  }

  private begin(key: string, venue: VenueId | null, member: GroupMember, nowMs: number): Group {
    const group: Group = {
      ...{ key, venue, firstMs: nowMs, activeMs: nowMs, members: new Map(), count: 0 },
      isCrowded: false,
      ...{ from: member.from, lastTo: Number.NEGATIVE_INFINITY, mark: null },
      ...{ changes: 0, toldMs: nowMs },
    };
    this.newest.set(key, group);
    this.madeMs.set(key, [...(this.madeMs.get(key) ?? []), nowMs].slice(-crowd));
    return group;
  }

  private admit(group: Group, id: number, member: GroupMember, nowMs: number): void {
    group.count += 1;
    if (nowMs - group.firstMs <= togetherMs) group.from = Math.max(group.from, member.from);
    if (group.members.size >= mostMembers) forgetEnded(group.members);
    this.groupOf.set(id, group);
    if (this.groupOf.size > mostKnown) this.forgetOldest();
  }

  private forgetOldest(): void {
    for (const id of this.groupOf.keys()) {
      this.groupOf.delete(id);
      return;
    }
  }
}

function lasts({ members }: Group): boolean {
  return [...members.values()].some(({ to }) => to === null);
}

/** Oldest first; all of them last: then the oldest goes. */
function forgetEnded(members: Map<number, GroupMember>): void {
  let oldest: number | null = null;
  for (const [id, { to }] of members) {
    oldest ??= id;
    if (to === null) continue;
    members.delete(id);
    return;
  }
  if (oldest !== null) members.delete(oldest);
}
