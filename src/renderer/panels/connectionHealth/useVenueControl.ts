import type { Command } from '../../../shared/bridge.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { recordedWords, useIsRecorded } from '../../workspace/session.ts';
import { useToasts } from '../../workspace/toasts.ts';
import type { VenueRows } from './healthRows.ts';

export interface VenueControl {
  readonly paused: boolean;
  /** In a recording nothing can be told to a venue. */
  readonly recorded: boolean;
  readonly reconnect: () => void;
  readonly togglePause: () => void;
}

export function isPaused(row: VenueRows): boolean {
  return row.connections.some((connection) => connection.reason === 'paused');
}

/** What a person can do to a venue; a refusal says why. */
export function useVenueControl(venue: VenueId, paused: boolean): VenueControl {
  const store = useMarketStore();
  const show = useToasts((state) => state.show);
  const recorded = useIsRecorded();
  const { name } = venueRecord(venue);
  const send = (command: Command) => () =>
    void store.command(command).then((answer) => {
      if (!answer.ok) show({ mark: 'error', title: name, text: answer.message, stays: true });
    });
  const tellRecorded = () =>
    show({ mark: 'quiet', title: name, text: recordedWords, stays: false });
  if (recorded) return { paused, recorded, reconnect: tellRecorded, togglePause: tellRecorded };
  return {
    paused,
    recorded,
    reconnect: send({ type: 'reconnectVenue', venue }),
    togglePause: send({ type: paused ? 'resumeVenue' : 'pauseVenue', venue }),
  };
}
