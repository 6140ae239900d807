import type {
  ConnectionHealth,
  GapCause,
  GapRecord,
  StreamChannel,
} from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { Incident, IncidentKind } from '../../../shared/incidents.ts';
import type { InstrumentId, MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { GapEpisodes } from './gapEpisodes.ts';
import { LossTimes } from './lossTimes.ts';
import type { GroupMember } from './markGroups.ts';
import { MarkGroups } from './markGroups.ts';
import type { SessionTimeline } from './sessionTimeline.ts';

/** So long a gap may take to be repaired without being a mark. */
const repairMs = 10_000;
const mostWaiting = 5_000;
/** A venue that falls again within this time is in the same trouble. */
const flapMs = 60_000;
const resyncJoinMs = 10_000;

const causeWords: Readonly<Record<GapCause, string>> = {
  disconnect: 'Connection lost',
  sequence: 'Sequence gap',
  stale: 'Silence',
  overflow: 'Messages dropped',
  decode: 'Messages not understood',
  clock: 'Clock was set',
};

const channelWords: Readonly<Record<StreamChannel, string>> = {
  trade: 'trades',
  book: 'book',
  bbo: 'quotes',
  ticker: 'ticker',
  candle: 'candles',
};

/** Incidents that take a venue's sockets away. */
const lostWords: Readonly<Partial<Record<IncidentKind, string>>> = {
  disconnected: 'Disconnected',
  unreachable: 'Cannot be reached',
  rateLimited: 'Asked to wait',
  banned: 'Banned',
  slept: 'Machine slept',
};

interface WaitingGap {
  readonly gap: GapRecord;
  readonly heardMs: number;
  readonly closedMs: number | null;
}

interface Loss {
  readonly venue: VenueId | null;
  readonly member: GroupMember;
}

/** Gaps, resyncs and lost connections as marks and as times without data. Told of them, it only takes notes. */
export class TroubleMarks {
  private readonly gaps: MarkGroups;
  private readonly resyncs: MarkGroups;
  private readonly losses: MarkGroups;
  private readonly episodes: GapEpisodes;
  private readonly lossTimes: LossTimes;
  private readonly openLosses = new Map<number, Loss>();
  private readonly waiting = new Map<number, WaitingGap>();
  private gapNotes: GapRecord[] = [];
  private incidentNotes: Incident[] = [];

  constructor(timeline: SessionTimeline) {
    this.gaps = new MarkGroups(timeline, { kind: 'gap', joinMs: flapMs, text: gapText });
    this.resyncs = new MarkGroups(timeline, {
      ...{ kind: 'resync', joinMs: resyncJoinMs, text: resyncText },
    });
    this.losses = new MarkGroups(timeline, { kind: 'disconnect', joinMs: null, text: lossText });
    this.episodes = new GapEpisodes(timeline);
    this.lossTimes = new LossTimes(this.episodes);
  }

  onGap(gap: GapRecord): void {
    this.gapNotes.push(gap);
  }

  onIncident(incident: Incident): void {
    this.incidentNotes.push(incident);
  }

  /** What runs already, and what became of that which ran when it was last looked at. */
  resume(incidents: readonly Incident[], gaps: readonly GapRecord[]): void {
    for (const incident of incidents) {
      const isKnown = this.losses.has(incident.id) || this.resyncs.has(incident.id);
      if (isKnown || incident.to === null) this.onIncident(incident);
    }
    for (const gap of gaps) if (this.gaps.has(gap.id) || gap.to === null) this.onGap(gap);
  }

  settle(nowMs: number, connections: () => readonly ConnectionHealth[], isLast = false): void {
    for (const gap of this.gapNotes) this.noteGap(gap, nowMs);
    for (const incident of this.incidentNotes) this.noteIncident(incident, nowMs);
    this.gapNotes = [];
    this.incidentNotes = [];
    if (!this.lossTimes.isEmpty) this.lossTimes.see(connections(), nowMs);
    if (isLast) this.endLosses(nowMs);
    for (const [id, waiting] of this.waiting) {
      if (!this.isDue(waiting, nowMs)) continue;
      this.waiting.delete(id);
      this.putGap(waiting.gap, nowMs);
    }
    this.gaps.settle(nowMs, isLast);
    this.resyncs.settle(nowMs, isLast);
    this.losses.settle(nowMs, isLast);
    this.episodes.settle(nowMs, isLast);
  }

  private noteGap(gap: GapRecord, nowMs: number): void {
    if (this.gaps.has(gap.id)) {
      this.putGap(gap, nowMs);
      return;
    }
    if (isRepaired(gap)) {
      this.waiting.delete(gap.id);
      return;
    }
    const before = this.waiting.get(gap.id);
    const closedMs = gap.to === null ? null : (before?.closedMs ?? nowMs);
    this.waiting.set(gap.id, { gap, heardMs: before?.heardMs ?? nowMs, closedMs });
    if (this.waiting.size > mostWaiting) this.forgetOldest();
  }

  /** Since its end, or while it lasts since it was heard of. The time of a lost connection has a mark of its own. */
  private isDue({ gap, heardMs, closedMs }: WaitingGap, nowMs: number): boolean {
    if (closedMs === null && gap.cause === 'disconnect' && this.losses.isOpen(gap.venue)) {
      return false;
    }
    return nowMs - (closedMs ?? heardMs) >= repairMs;
  }

  private putGap(gap: GapRecord, nowMs: number): void {
    const { venue, cause, channel, from, to } = gap;
    const market = marketOf(gap.instrument);
    this.gaps.put(
      `${venue} ${cause}`,
      venue,
      gap.id,
      {
        ...{ from, to, market, what: causeWords[cause], cause: channelWords[channel] },
        place: `${market ?? ''} ${channelWords[channel]}`,
        missing: channel === 'trade' ? gap.missing : null,
        isRepaired: isRepaired(gap),
      },
      nowMs,
    );
    this.episodes.put(`gap ${gap.id}`, venue, from, to, nowMs);
  }

  private noteIncident(incident: Incident, nowMs: number): void {
    const { id, kind, venue, from, to, cause, instrument } = incident;
    const market = instrument === null ? null : marketOf(instrument);
    const member = {
      ...{ from, to, market, cause, missing: null, isRepaired: false },
      place: instrument ?? `all of ${venue ?? 'all'}`,
    };
    const lost = lostWords[kind];
    const isLoss = lost !== undefined && (kind !== 'rateLimited' || incident.connection !== null);
    if (isLoss || this.losses.has(id)) {
      const loss = { venue, member: { ...member, what: lost ?? 'Disconnected' } };
      this.losses.put(venue ?? 'all', venue, id, loss.member, nowMs);
      this.lossTimes.put(id, venue, from, to, nowMs);
      if (to === null) this.openLosses.set(id, loss);
      else this.openLosses.delete(id);
    } else if (kind === 'resync') {
      this.resyncs.put(venue ?? 'all', venue, id, { ...member, what: 'Book resync' }, nowMs);
    }
  }

  /** What is back was over, although nobody waits any more for a word of each stream. */
  private endLosses(nowMs: number): void {
    for (const [id, { venue, member }] of this.openLosses) {
      const to = this.lossTimes.backOf(id);
      if (to !== null) this.losses.put(venue ?? 'all', venue, id, { ...member, to }, nowMs);
    }
  }

  private forgetOldest(): void {
    for (const id of this.waiting.keys()) {
      this.waiting.delete(id);
      return;
    }
  }
}

function marketOf(instrument: InstrumentId): MarketId | null {
  return parseInstrumentId(instrument)?.market ?? null;
}

function placesOf(members: readonly GroupMember[]): number {
  return new Set(members.map(({ place }) => place)).size;
}

/** `Sequence gap in trades, 3 missing`, `Connection lost, 30 streams`. */
function gapText(members: readonly GroupMember[], count: number): string {
  const [first] = members;
  if (first === undefined) return 'Gap';
  const places = placesOf(members);
  const where =
    places === 1 ? `${first.what} in ${first.cause}` : `${first.what}, ${places} streams`;
  const missing = members.reduce((sum, member) => sum + (member.missing ?? 0), 0);
  const isWhole = members.every((member) => member.isRepaired);
  return [
    where,
    count > places ? `${count} times` : null,
    missing > 0 && !isWhole ? `${missing} ${missing === 1 ? 'trade' : 'trades'} missing` : null,
    isWhole ? 'repaired late' : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

/** `Book resync: sequence 7 after 4`, `4 books resync: …`. */
function resyncText(members: readonly GroupMember[], count: number): string {
  const [first] = members;
  if (first === undefined) return 'Book resync';
  const places = placesOf(members);
  const books = places === 1 ? 'Book resync' : `${places} books resync`;
  return withCause(count > places ? `${books}, ${count} times` : books, first.cause);
}

function lossText(members: readonly GroupMember[], count: number): string {
  const newest = members.at(-1);
  if (newest === undefined) return 'Disconnected';
  return withCause(count > 1 ? `${newest.what}, ${count} times` : newest.what, newest.cause);
}

function withCause(what: string, cause: string): string {
  return cause === '' ? what : `${what}: ${cause}`;
}
