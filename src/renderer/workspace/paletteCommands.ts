import type { Settings } from '../../shared/settings.ts';
import { venues } from '../../shared/venues.ts';
import type { Command } from '../../shared/bridge.ts';
import type { DataSource } from '../../shared/values.ts';
import { useMarketStore } from '../store/hooks.ts';
import { useWorkspace } from './dock.ts';
import { useRecordingCommands } from './recordingCommands.ts';
import { replayCommands } from './replay/replayCommands.ts';
import { useReplayControl } from './replay/replayControl.ts';
import { useAddMark, useMarkRefusal } from './addMark.ts';
import { useSaveDiagnostics } from './saveDiagnostics.ts';
import { useSession } from './session.ts';
import { useSignOut } from './signOut.ts';
import { useToasts } from './toasts.ts';

export interface PaletteCommand {
  readonly label: string;
  /** Where a person would find it otherwise. */
  readonly place: string;
  readonly act: () => void;
  /** Why it cannot be done here, in place of where it would be found. */
  readonly refusal?: string | null;
}

const venueVerbs = {
  reconnectVenue: 'Reconnect',
  pauseVenue: 'Pause',
  resumeVenue: 'Resume',
} as const;

function venueCommands(send: (command: Command) => () => void): readonly PaletteCommand[] {
  const place = 'Connection health';
  return (['reconnectVenue', 'pauseVenue', 'resumeVenue'] as const).flatMap((type) =>
    venues.map(({ id, name }) => ({
      label: `${venueVerbs[type]} ${name}`,
      place,
      act: send({ type, venue: id }),
    })),
  );
}

function sourceCommand(
  source: DataSource | null,
  send: (command: Command) => () => void,
): PaletteCommand {
  const place = 'Source';
  return source === 'live'
    ? {
        ...{ label: 'Switch to the simulated market', place },
        act: send({ type: 'switchSource', source: 'simulated' }),
      }
    : { label: 'Switch to live', place, act: send({ type: 'switchSource', source: 'live' }) };
}

export function usePaletteCommands(): readonly PaletteCommand[] {
  const store = useMarketStore();
  const workspace = useWorkspace();
  const { source } = useSession();
  const show = useToasts((state) => state.show);
  const saveDiagnostics = useSaveDiagnostics();
  const control = useReplayControl();
  const markHere = useAddMark();
  const refusal = useMarkRefusal();
  const signOut = useSignOut();
  const send = (command: Command) => () =>
    void store.command(command).then((answer) => {
      if (!answer.ok) show({ mark: 'error', title: 'Not done', text: answer.message, stays: true });
    });
  const recording = useRecordingCommands(send);
  const change = (changes: Partial<Settings>) => send({ type: 'changeSettings', changes });
  const isReplay = source?.startsWith('replay:') === true;
  return [
    ...replayCommands(control),
    { label: 'Mark this moment', place: 'Marks', act: markHere, refusal },
    // What was recorded has happened: no venue hears of a command in a replay.
    ...(isReplay ? [] : venueCommands(send)),
    ...recording,
    { label: 'Save diagnostics', place: 'Connection health', act: saveDiagnostics },
    {
      label: 'Reconnect to the engine',
      place: 'Workspace',
      act: () => store.reconnect(),
    },
    ...(signOut === null ? [] : [{ label: 'Sign out', place: 'Title bar', act: signOut.act }]),
    {
      label: 'Help: troubleshooting',
      place: 'Help',
      act: () => workspace.openHelp('it-fails-to-connect'),
    },
    ...(isReplay ? [] : [sourceCommand(source, send)]),
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
