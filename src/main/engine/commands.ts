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
import { answer, done, findMarket, refuse, textOf } from './commandResult.ts';
import { searchMarkets } from './resolveMarket.ts';
import type { RecordedTargets } from './sessionCommands.ts';
import { runRecorded } from './sessionCommands.ts';
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
  readonly recorded: RecordedTargets;
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
      const market = findMarket(command.market, engine.view);
      if (!market.ok) return market;
      return answer<'loadCandles'>(await engine.loadCandles({ ...command, market: market.value }));
    }
    case 'reconnectVenue':
    case 'pauseVenue':
    case 'resumeVenue':
      if (engine.replay() !== null) return noVenueHere;
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
      const market = findMarket(command.market, engine.view);
      if (!market.ok) return market;
      const { group, interval } = command;
      storage.saveLink({ group, market: market.value, interval });
      targets.linksChanged();
      return done;
    }
    case 'openWindow': {
      const { layout, bounds } = command;
      const opened = await window.openWindow({ layout, bounds, isReplay: false });
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
      return runRecorded(command, targets.recorded);
  }
}

const noVenueHere = refuse(
  'not-available',
  'This window shows a recording: what its venues did has happened. Act on them in a window with the market.',
);

async function switchSource(
  market: MarketChoice,
  targets: CommandTargets,
): Promise<CommandResult<unknown>> {
  if (targets.recorded.window.run !== null) {
    return refuse('not-available', 'This window shows a recording. Close the replay first.');
  }
  try {
    await targets.switchSource(market);
    return done;
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const name = market === 'live' ? 'live' : 'simulated';
    return refuse('not-available', `The ${name} market could not be opened: ${textOf(error)}`);
  }
}

function candidates(text: string, { view }: RunningEngine): readonly MarketCandidate[] {
  return marketCandidates(searchMarkets(text, view.markets(), maxFound), view);
}

export function marketCandidates(
  markets: readonly MarketId[],
  view: RunningEngine['view'],
): readonly MarketCandidate[] {
  return markets.flatMap((market) => {
    const parts = parseMarketId(market);
    if (parts === null) return [];
    const venues = view.instrumentsOf(market).map(({ venue }) => venue);
    return [{ market, base: parts.base, quote: parts.quote, venues }];
  });
}
