import { venueIds } from '../../../shared/venues.ts';
import { Core } from '../core.ts';
import type { RecordingReader } from '../recording/recordingReader.ts';
import { createVenue } from '../venues/registry.ts';
import { createRecordedCore } from './recordedCore.ts';

/** As the one that was recorded: of an imported session with what its files hold alone. */
export function createSessionCore({ heads }: RecordingReader): Core {
  const origin = heads[0]?.origin ?? null;
  return origin === null
    ? new Core({ venues: venueIds.map(createVenue) })
    : createRecordedCore(origin);
}
