import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { GapEpisodes } from './gapEpisodes.ts';

interface Loss {
  readonly venue: VenueId | null;
  /** Of its newest fall. */
  from: EpochMs;
  falls: number;
  /** Since when its sockets carry data again; null while they do not. */
  back: EpochMs | null;
}

/**
 * Times without data of lost connections. The trouble itself goes on until each stream has had its say, ten seconds or so;
 * data flows as soon as the sockets are live again, and there the time without it ends.
 */
export class LossTimes {
  private readonly episodes: GapEpisodes;
  private readonly openById = new Map<number, Loss>();

  constructor(episodes: GapEpisodes) {
    this.episodes = episodes;
  }

  get isEmpty(): boolean {
    return this.openById.size === 0;
  }

  put(id: number, venue: VenueId | null, from: EpochMs, to: EpochMs | null, nowMs: number): void {
    const known = this.openById.get(id);
    const loss = known ?? { venue, from, falls: 1, back: null };
    if (to === null) this.openById.set(id, loss);
    else this.openById.delete(id);
    if (loss.back === null) this.tell(id, loss, to, nowMs);
  }

  /** Whether what was lost is back, or has fallen again. */
  see(connections: readonly ConnectionHealth[], nowMs: number): void {
    for (const [id, loss] of this.openById) {
      const own = connections.filter(
        ({ venue, status }) => status !== 'closed' && (loss.venue === null || venue === loss.venue),
      );
      const down = own.filter(({ status }) => status !== 'live');
      if (own.length === 0) continue;
      if (down.length === 0) this.rise(id, loss, Math.max(...own.map(({ since }) => since)), nowMs);
      else if (loss.back !== null) {
        const lasts = down.map(({ lastReceivedTime, since }) => lastReceivedTime ?? since);
        loss.from = Math.max(loss.back, Math.min(...lasts));
        loss.back = null;
        loss.falls += 1;
        this.tell(id, loss, null, nowMs);
      }
    }
  }

  backOf(id: number): EpochMs | null {
    return this.openById.get(id)?.back ?? null;
  }

  private rise(id: number, loss: Loss, since: EpochMs, nowMs: number): void {
    // Live since before it: the fall has not shown yet.
    if (loss.back !== null || since < loss.from) return;
    loss.back = since;
    this.tell(id, loss, since, nowMs);
  }

  private tell(id: number, { venue, from, falls }: Loss, to: EpochMs | null, nowMs: number): void {
    this.episodes.put(`incident ${id} ${falls}`, venue, from, to, nowMs);
  }
}
