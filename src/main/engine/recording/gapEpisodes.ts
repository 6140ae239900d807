import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { SessionTimeline } from './sessionTimeline.ts';

/** What is heard of this close together has one beginning: that of the stream that had data last. */
const togetherMs = 5_000;
const touchMs = 1_000;
const mostKnown = 4_000;
const promptChanges = 10;
const changeMs = 15_000;

interface Episode {
  readonly id: string;
  readonly venue: VenueId | null;
  readonly firstMs: number;
  readonly open: Set<string>;
  from: EpochMs;
  to: EpochMs;
  changes: number;
  toldMs: number;
}

/** Times without data of each venue, however many streams tell of them. */
export class GapEpisodes {
  private readonly timeline: SessionTimeline;
  private readonly newest = new Map<VenueId | null, Episode>();
  private readonly episodeOf = new Map<string, Episode>();
  private readonly changed = new Set<Episode>();
  private count = 0;

  constructor(timeline: SessionTimeline) {
    this.timeline = timeline;
  }

  put(name: string, venue: VenueId | null, from: EpochMs, to: EpochMs | null, nowMs: number): void {
    const known = this.episodeOf.get(name);
    const episode = known ?? this.join(venue, from) ?? this.begin(venue, from, nowMs);
    if (known === undefined) {
      if (nowMs - episode.firstMs <= togetherMs) episode.from = Math.max(episode.from, from);
      this.episodeOf.set(name, episode);
      if (this.episodeOf.size > mostKnown) this.forgetOldest();
    }
    if (to === null) episode.open.add(name);
    else {
      episode.open.delete(name);
      episode.to = Math.max(episode.to, to);
    }
    this.changed.add(episode);
  }

  settle(nowMs: number, isLast = false): void {
    for (const episode of this.changed) {
      const mayTell = episode.changes < promptChanges || nowMs - episode.toldMs >= changeMs;
      if (!mayTell && !isLast) continue;
      this.changed.delete(episode);
      episode.changes += 1;
      episode.toldMs = nowMs;
      const { id, venue, from } = episode;
      const to = episode.open.size > 0 ? null : Math.max(from, episode.to);
      this.timeline.setGap(id, { venue, from, to });
    }
  }

  private join(venue: VenueId | null, from: EpochMs): Episode | null {
    const episode = this.newest.get(venue);
    if (episode === undefined) return null;
    const touches = episode.open.size > 0 || from <= episode.to + touchMs;
    return touches ? episode : null;
  }

  private begin(venue: VenueId | null, from: EpochMs, nowMs: number): Episode {
    this.count += 1;
    const episode: Episode = {
      // Its beginning tells it from those of an earlier watch of the same session.
      ...{ id: `${venue ?? 'all'}-${Math.round(from)}-${this.count}`, venue, firstMs: nowMs, from },
      ...{ open: new Set(), to: Number.NEGATIVE_INFINITY, changes: 0, toldMs: nowMs },
    };
    this.newest.set(venue, episode);
    return episode;
  }

  private forgetOldest(): void {
    for (const [name, episode] of this.episodeOf) {
      this.episodeOf.delete(name);
      episode.open.delete(name);
      return;
    }
  }
}
