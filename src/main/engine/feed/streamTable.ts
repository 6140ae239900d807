import type { Connection } from './connection.ts';
import type { Stream } from './stream.ts';
import type { StreamPast } from './streamPast.ts';

const maxPast = 2_000;

/** The open streams of one venue by id and by topic, and what the closed ones have come to. */
export class StreamTable {
  private readonly byId = new Map<string, Stream>();
  private readonly byTopic = new Map<string, Stream>();
  /** Closed longest ago first. */
  private readonly pastById = new Map<string, StreamPast>();

  /** A new one goes on where one of its id has ended. */
  open(stream: Stream): void {
    const { id } = stream.definition;
    const past = this.pastById.get(id);
    if (past !== undefined) stream.continueFrom(past);
    this.pastById.delete(id);
    this.add(stream);
  }

  close(stream: Stream, nowMs: number): void {
    this.delete(stream);
    this.pastById.set(stream.definition.id, stream.past(nowMs));
    if (this.pastById.size <= maxPast) return;
    for (const id of this.pastById.keys()) {
      this.pastById.delete(id);
      return;
    }
  }

  past(): readonly StreamPast[] {
    return [...this.pastById.values()];
  }

  restorePast(saved: readonly StreamPast[]): void {
    this.pastById.clear();
    for (const past of saved) this.pastById.set(past.definition.id, past);
  }

  add(stream: Stream): void {
    this.byId.set(stream.definition.id, stream);
    this.byTopic.set(stream.definition.topic, stream);
  }

  private delete(stream: Stream): void {
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
