import type { PushForm } from '../faults/faultBoard.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Trade } from '../market/tradeTape.ts';
import type { Topic, TopicClient } from './topic.ts';

/** A venue's topics by name, and who is subscribed to which. */
export class TopicBoard<Client extends TopicClient> {
  private readonly topics = new Map<string, Topic<Client>>();
  /** Topics with subscribers, in the order in which they are told of a change. */
  private readonly active = new Map<Instrument, Topic<Client>[]>();

  /** The topic of that name, made on first use; it outlives its subscribers. */
  obtain(name: string, make: () => Topic<Client>): Topic<Client> {
    let topic = this.topics.get(name);
    if (topic === undefined) {
      topic = make();
      this.topics.set(name, topic);
    }
    return topic;
  }

  find(name: string): Topic<Client> | undefined {
    return this.topics.get(name);
  }

  /** False if the client had it already. */
  join(topic: Topic<Client>, client: Client): boolean {
    if (topic.clients.has(client)) return false;
    topic.clients.add(client);
    if (topic.clients.size === 1) this.activate(topic);
    topic.joined(client);
    return true;
  }

  /** False if the client did not have it. */
  leave(topic: Topic<Client>, client: Client): boolean {
    if (!topic.clients.delete(client)) return false;
    if (topic.clients.size === 0) this.deactivate(topic);
    topic.left();
    return true;
  }

  /** Whether any subscribed topic of the instrument had something to send. */
  push(instrument: Instrument, form: PushForm): boolean {
    const topics = this.active.get(instrument) ?? [];
    return topics.filter((topic) => topic.push?.(form) === true).length > 0;
  }

  onTrades(instrument: Instrument, trades: readonly Trade[]): void {
    for (const topic of this.active.get(instrument) ?? []) topic.onTrades?.(trades);
  }

  onBookChanged(instrument: Instrument, topChanged: boolean): void {
    for (const topic of this.active.get(instrument) ?? []) topic.onBookChanged?.(topChanged);
  }

  private activate(topic: Topic<Client>): void {
    for (const instrument of topic.instruments) {
      const topics = [...(this.active.get(instrument) ?? []), topic];
      topics.sort((left, right) => left.rank - right.rank);
      this.active.set(instrument, topics);
    }
  }

  private deactivate(topic: Topic<Client>): void {
    for (const instrument of topic.instruments) {
      const topics = (this.active.get(instrument) ?? []).filter((other) => other !== topic);
      this.active.set(instrument, topics);
    }
  }
}
