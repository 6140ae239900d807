import { assertNever } from '../../shared/assert.ts';
import type { Command, CommandAnswers, CommandResult } from '../../shared/bridge.ts';
import type { ExportJob } from '../../shared/exports.ts';
import { answer, done, refuse, textOf } from './commandResult.ts';
import { ExportError } from './export/exportError.ts';
import type { ExportJobs } from './export/exportJobs.ts';
import type { HostWindow } from './hosting/hostWindow.ts';
import type { Recordings } from './hosting/recordings.ts';
import type { ReplayRun, Replays } from './hosting/replays.ts';
import type { Uploads } from './hosting/uploads.ts';
import type { RecordedSession } from './recording/recordingLibrary.ts';
import { RecordingError } from './recording/recordingError.ts';
import type { LookedSession } from './lookedCommands.ts';
import { runLooked } from './lookedCommands.ts';
import { controlReplay } from './replayCommands.ts';

export type RecordedCommand = Extract<
  Command,
  {
    type:
      | 'controlRecording'
      | 'changeSession'
      | 'deleteSession'
      | 'revealSession'
      | 'openReplay'
      | 'closeReplay'
      | 'controlReplay'
      | 'loadTimeline'
      | 'addMark'
      | 'changeMark'
      | 'removeMark'
      | 'startExport'
      | 'cancelExport'
      | 'revealExport'
      | 'uploadRecording'
      | 'cancelUpload';
  }
>;

export interface RecordedTargets {
  readonly window: HostWindow;
  /** Null: this host writes nothing down and changes no session. */
  readonly recordings: Recordings | null;
  readonly replays: Replays;
  /** The replay that the program was started for. */
  readonly base: ReplayRun | null;
  readonly uploads: Uploads | null;
  readonly exports: ExportJobs | null;
  findSession(id: string): Promise<RecordedSession | null>;
  /** Null: nothing is recorded, or its marks cannot be kept. */
  looked(): LookedSession | null;
  /** Opens a window like this one, for a replay. */
  openReplayWindow(): Promise<{ readonly window: string; readonly address: string | null }>;
}

/** Answers what concerns recorded sessions. Refusals say what to do. */
export async function runRecorded(
  command: RecordedCommand,
  targets: RecordedTargets,
): Promise<CommandResult<unknown>> {
  try {
    return await run(command, targets);
  } catch (error) {
    if (error instanceof RecordingError) {
      return refuse('not-available', error.message, error.choices);
    }
    if (error instanceof ExportError) return refuse('not-available', error.message);
    throw error;
  }
}

async function run(
  command: RecordedCommand,
  targets: RecordedTargets,
): Promise<CommandResult<unknown>> {
  switch (command.type) {
    case 'controlRecording':
      return controlRecording(command.action, targets);
    case 'changeSession':
      return changeSession(command, targets);
    case 'deleteSession':
      return deleteSession(command.session, targets);
    case 'revealSession':
      return revealSession(command.session, targets);
    case 'openReplay':
      return openReplay(command, targets);
    case 'closeReplay':
      return closeReplay(targets);
    case 'controlReplay':
      return controlReplay(command.action, targets.window);
    case 'loadTimeline':
    case 'addMark':
    case 'changeMark':
    case 'removeMark':
      return runLooked(command, targets.looked(), targets.window.engine.view);
    case 'startExport':
    case 'cancelExport':
    case 'revealExport':
      return runExport(command, targets);
    case 'uploadRecording':
      return targets.uploads === null
        ? readOnly
        : answer<'uploadRecording'>(await targets.uploads.take(command, targets.window));
    case 'cancelUpload':
      await targets.uploads?.cancel(command.upload);
      return done;
    default:
      return assertNever(command);
  }
}

async function controlRecording(
  action: 'start' | 'stop' | 'resume',
  { recordings }: RecordedTargets,
): Promise<CommandResult<null>> {
  if (recordings === null) return readOnly;
  if (action === 'start') await recordings.start();
  else if (action === 'stop') await recordings.stop();
  else if (recordings.current === null) {
    return refuse('not-available', 'Nothing is being recorded. Press Record to begin a session.');
  } else recordings.resume();
  return done;
}

async function changeSession(
  { session, name, pinned }: Extract<Command, { type: 'changeSession' }>,
  targets: RecordedTargets,
): Promise<CommandResult<null>> {
  const change = {
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(pinned === undefined ? {} : { pinned }),
  };
  const changed = await changesOf(targets).sessions.change(session, change);
  return changed === null ? unknownSession(session) : done;
}

async function revealSession(id: string, targets: RecordedTargets): Promise<CommandResult<null>> {
  const session = await targets.findSession(id);
  return session === null ? unknownSession(id) : reveal(session.folder, targets.window);
}

async function deleteSession(id: string, targets: RecordedTargets): Promise<CommandResult<null>> {
  const recordings = changesOf(targets);
  if (recordings.current?.id === id) {
    return refuse('not-available', 'This session is being recorded. Stop it, then delete it.');
  }
  if (targets.replays.has(id)) {
    return refuse(
      'not-available',
      'This session is open in a replay. Close it there, then delete it.',
    );
  }
  const isExported = targets.exports
    ?.report()
    .jobs.some(({ request, status }) => request.session === id && isRunning(status));
  if (isExported === true) {
    const text =
      'This session is being exported. Wait for the export or cancel it, then delete it.';
    return refuse('not-available', text);
  }
  const end = await recordings.sessions.delete(id);
  if (end === 'unknown') return unknownSession(id);
  return end === 'deleted' ? done : refuse('not-available', sessionInUse);
}

async function openReplay(
  command: Extract<Command, { type: 'openReplay' }>,
  targets: RecordedTargets,
): Promise<CommandResult<CommandAnswers['openReplay']>> {
  const session = await targets.findSession(command.session);
  if (session === null) return unknownSession(command.session);
  const { replays, window } = targets;
  const run = await replays.start(session, command.at);
  if (command.where === 'thisWindow') {
    replays.bind(run, window.id, window.isOpen);
    window.show(run);
    return answer<'openReplay'>({ window: null, address: null });
  }
  try {
    const opened = await targets.openReplayWindow();
    replays.bind(run, opened.window, false);
    return answer<'openReplay'>(opened);
  } catch (error) {
    await replays.end(run);
    return refuse('not-available', `The window could not be opened: ${textOf(error)}`);
  }
}

function closeReplay({ window, replays, base }: RecordedTargets): CommandResult<null> {
  if (window.run === null) return refuse('not-available', 'This window shows no replay.');
  if (window.run === base) {
    const text = 'This program was started for this recording; there is no market to go back to.';
    return refuse('not-available', text);
  }
  window.show(base);
  if (base === null) replays.leave(window.id, window.isOpen);
  else replays.bind(base, window.id, window.isOpen);
  return done;
}

async function runExport(
  command: Extract<Command, { type: 'startExport' | 'cancelExport' | 'revealExport' }>,
  { exports, window, findSession }: RecordedTargets,
): Promise<CommandResult<unknown>> {
  if (exports === null) return refuse('not-available', 'This host has no recordings to export.');
  if (command.type === 'startExport') {
    const { request } = command;
    if ((await findSession(request.session)) === null) return unknownSession(request.session);
    return answer<'startExport'>({ export: exports.start(request).id });
  }
  if (!exports.report().jobs.some(({ id }) => id === command.export)) {
    return refuse('not-available', 'There is no such export any more.');
  }
  if (command.type === 'cancelExport') {
    exports.cancel(command.export);
    return done;
  }
  const path = exports.pathOf(command.export);
  return path === null
    ? refuse('not-available', 'The file is not there: the export did not end, or it was moved.')
    : reveal(path, window);
}

function reveal(path: string, { attached }: HostWindow): CommandResult<null> {
  if (attached.revealPath === undefined) {
    const text = `Only the desktop program can show files; on the machine of the host they are at ${path}.`;
    return refuse('not-available', text);
  }
  attached.revealPath(path);
  return done;
}

function changesOf({ recordings }: RecordedTargets): Recordings {
  if (recordings === null) throw new RecordingError(readOnly.message);
  return recordings;
}

function isRunning(status: ExportJob['status']): boolean {
  return status === 'waiting' || status === 'running';
}

function unknownSession(id: string): CommandResult<never> {
  return refuse('unknown-session', `There is no recorded session ${id} any more.`);
}

const sessionInUse =
  'This session is being opened or exported. Close it there, or wait a moment, then delete it.';

const readOnly = refuse(
  'not-available',
  'This program records nothing and changes no session: it was started without a profile, or to show a recording.',
);
