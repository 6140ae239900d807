import type { Command } from '../../../shared/bridge.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { useToasts } from '../../workspace/toasts.ts';
import type { VenueRows } from './healthRows.ts';

export interface VenueControl {
  readonly paused: boolean;
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
  const { name } = venueRecord(venue);
  const send = (command: Command) => () =>
    void store.command(command).then((answer) => {
      if (!answer.ok) show({ mark: 'error', title: name, text: answer.message, stays: true });
    });
  return {
    paused,
    reconnect: send({ type: 'reconnectVenue', venue }),
    togglePause: send({ type: paused ? 'resumeVenue' : 'pauseVenue', venue }),
  };
}
