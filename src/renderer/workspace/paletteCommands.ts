import type { Settings } from '../../shared/settings.ts';
import { venues } from '../../shared/venues.ts';
import type { Command } from '../../shared/bridge.ts';
import { useMarketStore } from '../store/hooks.ts';
import { useWorkspace } from './dock.ts';
import { useSession } from './session.ts';
import { useToasts } from './toasts.ts';

export interface PaletteCommand {
  readonly label: string;
  /** Where a person would find it otherwise. */
  readonly place: string;
  readonly act: () => void;
}

export function usePaletteCommands(): readonly PaletteCommand[] {
  const store = useMarketStore();
  const workspace = useWorkspace();
  const { source } = useSession();
  const show = useToasts((state) => state.show);
  const send = (command: Command) => () =>
    void store.command(command).then((answer) => {
      if (!answer.ok) show({ mark: 'error', title: 'Not done', text: answer.message, stays: true });
    });
  const change = (changes: Partial<Settings>) => send({ type: 'changeSettings', changes });
  return [
    ...venues.map((venue) => ({
      label: `Reconnect ${venue.name}`,
      place: 'Connection health',
      act: send({ type: 'reconnectVenue', venue: venue.id }),
    })),
    source === 'live'
      ? {
          label: 'Switch to the simulated market',
          place: 'Source',
          act: send({ type: 'switchSource', source: 'simulated' }),
        }
      : {
          label: 'Switch to live',
          place: 'Source',
          act: send({ type: 'switchSource', source: 'live' }),
        },
    { label: 'Theme: dark', place: 'Settings', act: change({ theme: 'dark' }) },
    { label: 'Theme: light', place: 'Settings', act: change({ theme: 'light' }) },
    { label: 'Theme: high contrast', place: 'Settings', act: change({ theme: 'highContrast' }) },
    { label: 'Density: compact', place: 'Settings', act: change({ density: 'compact' }) },
    { label: 'Density: comfortable', place: 'Settings', act: change({ density: 'comfortable' }) },
    {
      label: 'Restore the default layout',
      place: 'Workspace',
      act: () => workspace.restoreDefault(),
    },
  ];
}
