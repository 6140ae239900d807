import { venueIds } from '../../../shared/venues.ts';
import { Core } from '../core.ts';
import type { DebugLog } from '../diagnostics/debugLog.ts';
import type { CoreInput, EffectSink, InputTime } from '../inputs.ts';
import { LatencyMeter } from '../health/latencyMeter.ts';
import { LatencyReporter } from '../health/latencyReporter.ts';
import { MessageTracer } from '../health/messageTracer.ts';
import type { StageProbe } from '../health/stageProbe.ts';
import { systemClock } from '../ports/clock.ts';
import { httpGet } from '../ports/httpGet.ts';
import { systemRandom } from '../ports/random.ts';
import { openWsSocket } from '../ports/wsSocket.ts';
import { Shell } from '../shell/shell.ts';
import { createVenue } from '../venues/registry.ts';
import type { Venue, VenueEndpoints } from '../venues/venue.ts';
import { loadCandleHistory } from './candleHistory.ts';
import type { HostLogEntry } from './hostContract.ts';
import type { RunningEngine } from './runningEngine.ts';
import type { EngineRecorder, RecordSource } from './sessionRecording.ts';
import { shareHealth } from './sharedHealth.ts';

export interface MarketEngineOptions {
  readonly source: 'live' | 'simulated';
  readonly endpoints: (venue: Venue) => VenueEndpoints;
  readonly log: (entry: HostLogEntry) => void;
  readonly debug?: DebugLog | null;
  readonly record?: (source: RecordSource) => EngineRecorder;
  /** Beside the engine's own, for benchmarks. */
  readonly probe?: StageProbe;
}

/** An engine on the sockets of venues, or of the simulated ones. */
export function openMarketEngine(options: MarketEngineOptions): RunningEngine {
  const venues = venueIds.map(createVenue);
  const venueById = new Map(venues.map((venue) => [venue.id, venue]));
  const meter = new LatencyMeter(systemClock);
  const tracer = new MessageTracer(meter, systemClock, systemRandom);
  const core = new Core({
    venues,
    probe: options.probe === undefined ? tracer : bothProbes(tracer, options.probe),
    log: (venue, text) => options.log({ level: 'info', scope: venue, text }),
    budgets: (venue, connection) => shell.budgetsOf(venue, connection),
  });
  const recorder = options.record?.({
    get inputsHandled() {
      return core.view.sequence;
    },
    checkpoint: () => ({ inputs: core.view.sequence, state: core.save() }),
    stateHash: () => core.stateHash(),
  });
  const shell = new Shell({
    handle: recordedBy(recorder, handleWith(core, options.debug ?? null)),
    ...(recorder === undefined ? {} : { tap: (input) => recorder.onInput(input) }),
    venues,
    endpoints: options.endpoints,
    openSocket: openWsSocket,
    httpGet,
    clock: systemClock,
    random: systemRandom,
  });
  const view = shareHealth(core.view, systemClock);
  const connections = () => view.health().connections;
  const latency = new LatencyReporter(meter, systemClock, connections);
  shell.start();
  return {
    source: options.source,
    watchedSince: systemClock.wallMs(),
    queuedMessages: () => shell.queues.frames,
    queuedOn: (connection) => shell.queuedOn(connection),
    view,
    traces: tracer,
    now: () => systemClock.wallMs(),
    command: (command) => shell.command(command),
    loadCandles: (history) =>
      loadCandleHistory(history, {
        view,
        venue: (id) => venueById.get(id) ?? createVenue(id),
        request: (venue, request, done) =>
          shell.request(venue, request, (outcome) => {
            if (outcome.type === 'answered') {
              const { status, body } = outcome.answer;
              recorder?.onHistory({ venue, path: request.path, status, body }, timeNow());
            }
            done(outcome);
          }),
      }),
    latency: (span) => latency.report(span),
    replay: () => null,
    close: () => shell.close(),
  };
}

type Handle = (input: CoreInput, effects: EffectSink) => void;

/** Effects are written down beside the inputs: what we sent is evidence too. */
function recordedBy(recorder: EngineRecorder | undefined, handle: Handle): Handle {
  if (recorder === undefined) return handle;
  return (input, effects) =>
    handle(input, (effect) => {
      recorder.onEffect(effect, input);
      effects(effect);
    });
}

function timeNow(): InputTime {
  return { receivedTime: systemClock.wallMs(), monotonicMs: systemClock.monotonicMs() };
}

/** The debug log sees inputs and effects; while it is off this costs one look per input. */
function handleWith(core: Core, debug: DebugLog | null): Handle {
  if (debug === null) return (input, effects) => core.handle(input, effects);
  return (input, effects) => {
    if (!debug.isOn) {
      core.handle(input, effects);
      return;
    }
    debug.onInput(input);
    core.handle(input, (effect) => {
      debug.onEffect(effect);
      effects(effect);
    });
  };
}

function bothProbes(first: StageProbe, second: StageProbe): StageProbe {
  return {
    begin: (venue, received) => {
      first.begin(venue, received);
      second.begin(venue, received);
    },
    measure: (venueTime, clockOffsetMs) => {
      first.measure(venueTime, clockOffsetMs);
      second.measure(venueTime, clockOffsetMs);
    },
    reach: (stage) => {
      first.reach(stage);
      second.reach(stage);
    },
  };
}
