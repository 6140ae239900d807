import type { ReplayState } from '../../../../src/shared/replay.ts';
import type { Command } from '../../../../src/shared/bridge.ts';
import type { FakeHostOptions } from '../../../support/fakeHost.ts';
import { replayState } from '../../../support/hostViews.ts';
import { TestPage } from '../../store/testPage.ts';
import type { Answer } from '../../support/panelPage.tsx';
import { act } from '@testing-library/react';

export const startTime = Date.UTC(2026, 10, 18, 9, 0, 0);
export const endTime = Date.UTC(2026, 10, 18, 18, 30, 0);

/** A window on a recording of nine and a half hours, whose host moves as it is told. */
export class ReplayPage extends TestPage {
  readonly #place: { time: number };
  /** How long after its answer the first values of a jump leave the host. */
  landsAfterMs = 0;
  /** Jumps wait for the test while it is set. */
  answerSeek: ((done: () => void) => void) | null = null;

  constructor(place: { time: number }, options: FakeHostOptions) {
    super({ wallMs: () => place.time, ...options });
    this.#place = place;
  }

  get position(): number {
    return this.#place.time;
  }

  set position(time: number) {
    this.#place.time = time;
  }

  static open(changes: Partial<ReplayState> = {}, answer: Answer = () => undefined): ReplayPage {
    const page: ReplayPage = new ReplayPage(
      { time: startTime + 3_600_000 },
      {
        runCommand: async (command) => {
          const given = answer(command);
          if (given !== undefined) return given;
          if (command.type === 'loadCandles') {
            return { ok: false, code: 'not-available', message: 'None here.', candidates: [] };
          }
          await page.obey(command);
          return { ok: true, value: null };
        },
      },
    );
    page.frames.around = (frame) => act(frame);
    const replay = replayState({
      ...{ session: 'morning', name: 'Morning of the 18th', startTime, endTime },
      ...{ time: page.position, isPlaying: false, ...changes },
    });
    page.host.status = {
      ...page.host.status,
      ...{ replay, beside: { source: 'live', venuesLive: 3, venuesTotal: 3 } },
    };
    page.host.switchSource('replay:morning');
    return page;
  }

  get replay(): ReplayState {
    const { replay } = this.host.status;
    if (replay === null) throw new Error('the host shows no replay');
    return replay;
  }

  change(changes: Partial<ReplayState>): void {
    this.host.status = { ...this.host.status, replay: { ...this.replay, ...changes } };
    this.host.session.hostChanged('status');
  }

  /** The actions that the host was told, oldest first. */
  actions(): readonly unknown[] {
    return this.host.commands.flatMap((command) =>
      command.type === 'controlReplay' ? [command.action] : [],
    );
  }

  private async obey(command: Command): Promise<void> {
    if (command.type !== 'controlReplay') return;
    const { action } = command;
    switch (action.do) {
      case 'play':
        return this.change({ isPlaying: true });
      case 'pause':
        return this.change({ isPlaying: false });
      case 'setSpeed':
        return this.change({ speed: action.speed });
      case 'setLoop':
        return this.change({ loop: action.loop });
      case 'step':
        return undefined;
      case 'seek': {
        const { answerSeek } = this;
        if (answerSeek !== null) await new Promise<void>((resolve) => answerSeek(resolve));
        const land = () => {
          this.position = action.time;
          this.change({ time: action.time, isFinished: false });
          this.host.session.restart();
        };
        if (this.landsAfterMs === 0) land();
        else this.clock.after(this.landsAfterMs, land);
        return undefined;
      }
      default:
        return action satisfies never;
    }
  }
}
