import { Core } from '../core.ts';
import type { RecordingOrigin } from '../recording/recordingOrigin.ts';
import { createVenue } from '../venues/registry.ts';
import type { StreamKey, Venue, VenueTopic } from '../venues/venue.ts';

/** The engine of an imported session, the same in the import and in every replay. */
export function createRecordedCore(origin: RecordingOrigin): Core {
  const { marketKind, canAsk } = origin;
  const venues = origin.venues.map(({ venue, streams }) => {
    const topics = new Map(streams.map(({ name, topic, route }) => [name, { topic, route }]));
    return onlyRecorded(createVenue(venue), topics);
  });
  return new Core({ venues, origin: { marketKind, canAsk } });
}

export function streamName(stream: StreamKey): string {
  return `${stream.instrument} ${stream.channel} ${stream.interval ?? ''}`;
}

/** The same venue, offering the streams that were recorded, under the names that they have there. */
export function onlyRecorded(venue: Venue, topics: ReadonlyMap<string, VenueTopic>): Venue {
  return { ...venue, topicOf: (stream) => topics.get(streamName(stream)) ?? null };
}
