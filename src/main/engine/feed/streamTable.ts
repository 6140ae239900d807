import type { Connection } from './connection.ts';
import type { Stream } from './stream.ts';

/** The open streams of one venue by id and by topic. */
export class StreamTable {
  private readonly byId = new Map<string, Stream>();
  private readonly byTopic = new Map<string, Stream>();

  add(stream: Stream): void {
    this.byId.set(stream.definition.id, stream);
    this.byTopic.set(stream.definition.topic, stream);
  }

  delete(stream: Stream): void {
    this.byId.delete(stream.definition.id);
    this.byTopic.delete(stream.definition.topic);
  }

  clear(): void {
    this.byId.clear();
    this.byTopic.clear();
  }

  get(id: string): Stream | undefined {
    return this.byId.get(id);
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  ofTopic(topic: string): Stream | undefined {
    return this.byTopic.get(topic);
  }

  ofConnection(connection: Connection): readonly Stream[] {
    const streams: Stream[] = [];
    for (const topic of connection.topics) {
      const stream = this.byTopic.get(topic);
      if (stream !== undefined) streams.push(stream);
    }
    return streams;
  }

  ids(): readonly string[] {
    return [...this.byId.keys()];
  }

  list(): readonly Stream[] {
    return [...this.byId.values()];
  }
}
