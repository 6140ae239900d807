import type {
  Command,
  CommandAnswers,
  CommandResult,
  MarketCandidate,
} from '../../shared/bridge.ts';
import type { MarketId } from '../../shared/market.ts';
import { parseMarketId } from '../../shared/market.ts';
import type { Settings } from '../../shared/settings.ts';
import type { AttachedWindow, MarketChoice } from './hosting/hostContract.ts';
import type { RunningEngine } from './hosting/runningEngine.ts';
import { resolveMarket, searchMarkets } from './resolveMarket.ts';
import type { Storage } from './storage/storage.ts';
import { StorageError } from './storage/storageErrors.ts';

/** What commands act on. `engine` is the present one: a switch of source replaces it. */
export interface CommandTargets {
  engine(): RunningEngine;
  readonly storage: Storage;
  readonly window: AttachedWindow;
  switchSource(market: MarketChoice): Promise<void>;
  settingsChanged(settings: Settings): void;
  linksChanged(): void;
  createDiagnostics(): Promise<CommandAnswers['createDiagnostics']>;
}

const maxFound = 50;

/** Answers one command of a window. Never throws: what went wrong is an answer that says what to do. */
export async function runCommand(
  command: Command,
  targets: CommandTargets,
): Promise<CommandResult<unknown>> {
  try {
    return await run(command, targets);
  } catch (error) {
    if (error instanceof StorageError) return refuse('storage-failed', error.message);
    return refuse('internal', `${command.type} failed: ${textOf(error)}`);
  }
}

async function run(command: Command, targets: CommandTargets): Promise<CommandResult<unknown>> {
  const { storage, window } = targets;
  const engine = targets.engine();
  switch (command.type) {
    case 'searchMarkets':
      return answer<'searchMarkets'>(candidates(command.text, engine));
    case 'loadCandles': {
      const market = findMarket(command.market, engine);
      if (!market.ok) return market;
      return answer<'loadCandles'>(await engine.loadCandles({ ...command, market: market.value }));
    }
    case 'reconnectVenue':
    case 'pauseVenue':
    case 'resumeVenue':
      engine.command({ type: command.type, venue: command.venue });
      return done;
    case 'createDiagnostics':
      return answer<'createDiagnostics'>(await targets.createDiagnostics());
    case 'switchSource':
      return switchSource(command.source, targets);
    case 'getSettings':
      return answer<'getSettings'>(storage.loadSettings());
    case 'changeSettings': {
      const settings = storage.changeSettings(command.changes);
      targets.settingsChanged(settings);
      return answer<'changeSettings'>(settings);
    }
    case 'loadWorkspace':
      return answer<'loadWorkspace'>(storage.loadWorkspace(command.window));
    case 'saveWorkspace':
      storage.saveWorkspace(command.window, command.layout);
      return done;
    case 'setLink': {
      const market = findMarket(command.market, engine);
      if (!market.ok) return market;
      const { group, interval } = command;
      storage.saveLink({ group, market: market.value, interval });
      targets.linksChanged();
      return done;
    }
    case 'openWindow': {
      const { layout, bounds } = command;
      const opened = await window.openWindow({ layout, bounds });
      // The new page asks for its layout by its id, as after a restart.
      storage.saveWorkspace(opened.window, layout);
      return answer<'openWindow'>(opened);
    }
    case 'openExternal':
      window.openExternal(command.link);
      return done;
    case 'windowControl':
      window.windowControl(command.action);
      return done;
    default:
      return runRecorded(command);
  }
}

type RecordedCommand = Extract<
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
      | 'uploadRecording';
  }
>;

function runRecorded(command: RecordedCommand): CommandResult<unknown> {
  return refuse('not-available', `${command.type}: this host keeps no recordings.`);
}

async function switchSource(
  market: MarketChoice,
  targets: CommandTargets,
): Promise<CommandResult<unknown>> {
  try {
    await targets.switchSource(market);
    return done;
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const name = market === 'live' ? 'live' : 'simulated';
    return refuse('not-available', `The ${name} market could not be opened: ${textOf(error)}`);
  }
}

const done: CommandResult<null> = { ok: true, value: null };

function answer<Type extends Command['type']>(
  value: CommandAnswers[Type],
): CommandResult<CommandAnswers[Type]> {
  return { ok: true, value };
}

function refuse(
  code: Extract<CommandResult<never>, { ok: false }>['code'],
  message: string,
  suggested: readonly string[] = [],
): CommandResult<never> {
  return { ok: false, code, message, candidates: suggested };
}

/** Before the venues have told what they list, a canonical id is taken as it is. */
function findMarket(text: string, engine: RunningEngine): CommandResult<MarketId> {
  const listed = engine.view.markets();
  if (listed.length === 0 && parseMarketId(text) !== null) return { ok: true, value: text };
  const found = resolveMarket(text, listed);
  if (found.type === 'found') return { ok: true, value: found.market };
  const hint =
    found.candidates.length === 0
      ? 'Search for it with Ctrl K.'
      : `Did you mean ${found.candidates.join(', ')}?`;
  return refuse('unknown-market', `No venue lists ${text}. ${hint}`, found.candidates);
}

function candidates(text: string, engine: RunningEngine): readonly MarketCandidate[] {
  return searchMarkets(text, engine.view.markets(), maxFound).flatMap((market) => {
    const parts = parseMarketId(market);
    if (parts === null) return [];
    const venues = engine.view.instrumentsOf(market).map(({ venue }) => venue);
    return [{ market, base: parts.base, quote: parts.quote, venues }];
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
