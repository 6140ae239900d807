import type {
  FeedListener,
  FeedLoss,
  MarketFeed,
  Publication,
} from '../../../../../src/main/gateway/hub/marketFeed.ts';

/** All that a feed tells, in its order. */
export class HeardFeed implements FeedListener {
  readonly events: Publication[] = [];
  readonly states: Publication[] = [];
  readonly losses: FeedLoss[] = [];
  readonly links: boolean[] = [];
  /** What was said with each of them. */
  readonly messages: string[] = [];
  readonly sources: string[] = [];
  /** `e` with its channel's number, `l` of a loss: which came before which. */
  readonly order: string[] = [];

  constructor(feed: MarketFeed) {
    feed.listen(this);
  }

  onPublished(publications: readonly Publication[]): void {
    for (const publication of publications) {
      if (publication.type === 'state') this.states.push(publication);
      else {
        this.events.push(publication);
        this.order.push(`${publication.channel} ${publication.seq}`);
      }
    }
  }

  onLost(loss: FeedLoss): void {
    this.losses.push(loss);
    this.order.push(`lost ${loss.reason} ${loss.missing ?? '?'}`);
  }

  onLink(isUp: boolean, message: string): void {
    this.links.push(isUp);
    this.messages.push(message);
  }

  onSource(source: string): void {
    this.sources.push(source);
  }

  seqs(channel: string): number[] {
    return this.events.filter((event) => event.channel === channel).map(({ seq }) => seq);
  }

  lastState(channel: string): Publication | null {
    return this.states.findLast((state) => state.channel === channel) ?? null;
  }
}
