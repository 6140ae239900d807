import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClockPort } from '../../src/main/engine/ports/clock.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { packSegment } from '../../src/main/engine/recording/packSegment.ts';
import type { RecorderLimits } from '../../src/main/engine/recording/recorder.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import { RecordingReader } from '../../src/main/engine/recording/recordingReader.ts';
import type { PlayerOptions } from '../../src/main/engine/replay/sessionPlayer.ts';
import { SessionPlayer } from '../../src/main/engine/replay/sessionPlayer.ts';
import { EngineOnLinks } from './engineOnLinks.ts';

/** A simulated engine on virtual time that is written down in a folder of its own. */
export class RecordedRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'truetape-run-'));
  readonly engine: EngineOnLinks;
  readonly recorder: Recorder;
  /** State hash after input n, at many n. */
  readonly hashAfter = new Map<number, string>();
  /** Receive time of each input, from the first on. */
  readonly times: number[] = [];
  readonly kinds: string[] = [];
  private readonly closed: string[] = [];

  constructor(limits: Partial<RecorderLimits> = {}, seed = 5) {
    const state: { recorder?: Recorder } = {};
    this.engine = new EngineOnLinks({
      seed,
      onInput: (input) => state.recorder?.tap(input),
      onHandled: (input) => {
        this.times.push(input.receivedTime);
        this.kinds.push(input.type);
        const { sequence } = this.engine.view;
        if (sequence % 61 === 0) this.hashAfter.set(sequence, this.engine.core.stateHash());
      },
    });
    this.recorder = new Recorder({
      files: systemFiles,
      clock: this.engine.links.clockPort,
      folder: this.folder,
      describe: () => ({ source: 'simulated' }),
      checkpoint: () => ({
        inputs: this.engine.view.sequence,
        state: this.engine.core.save(),
      }),
      stateHash: () => this.engine.core.stateHash(),
      inputsHandled: this.engine.view.sequence,
      onSegment: (path) => this.closed.push(path),
      limits: { checkpointMs: 2_000, segmentMs: 6_000, ...limits },
    });
    state.recorder = this.recorder;
  }

  get lastTime(): number {
    return this.times.at(-1) ?? 0;
  }

  get segments(): readonly string[] {
    return readdirSync(this.folder)
      .filter((name) => /\.rec(\.zst)?$/.test(name))
      .map((name) => join(this.folder, name));
  }

  /** Ends it; every second segment is packed. */
  async end(): Promise<void> {
    await this.recorder.stop();
    this.engine.close();
    for (const [index, path] of this.closed.entries()) if (index % 2 === 0) await packSegment(path);
  }

  async player(
    clock: ClockPort,
    options: Partial<Omit<PlayerOptions, 'clock'>> = {},
  ): Promise<SessionPlayer> {
    const reader = await RecordingReader.open(this.segments);
    return new SessionPlayer({
      session: { id: 'run', name: 'A run', source: 'simulated' },
      reader,
      endTime: this.lastTime,
      clock,
      ...options,
    });
  }
}
