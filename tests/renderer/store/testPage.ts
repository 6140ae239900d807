import type { TruetapeBridge } from '../../../src/renderer/bridge/bridge.ts';
import { createBridge } from '../../../src/renderer/bridge/createBridge.ts';
import { createMarketStore } from '../../../src/renderer/store/createMarketStore.ts';
import type { MarketStore } from '../../../src/renderer/store/marketStore.ts';
import type { FakeHostOptions } from '../../support/fakeHost.ts';
import { FakeHost } from '../../support/fakeHost.ts';
import { ManualFrames } from '../../support/manualFrames.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const startTime = 1_700_000_000_000;

/** Host and page, both real, over a pair in memory and one virtual clock. */
export class TestPage {
  readonly clock = new VirtualClock();
  readonly frames = new ManualFrames(this.clock);
  readonly host: FakeHost;
  readonly bridge: TruetapeBridge;
  readonly store: MarketStore;
  reloads = 0;

  constructor(options: FakeHostOptions & { readonly mayReload?: boolean } = {}) {
    this.host = new FakeHost({
      clock: this.clock,
      wallMs: () => startTime + this.clock.monotonicMs(),
      deliver: (arrive) => void this.clock.after(0, arrive),
      ...options,
    });
    this.bridge = createBridge({
      open: this.host.open,
      now: () => this.clock.monotonicMs(),
      after: (delayMs, run) => this.clock.after(delayMs, run),
      soon: (run) => void this.frames.requestFrame(run),
      reloadOnce: () => {
        this.reloads++;
        return options.mayReload === true && this.reloads === 1;
      },
      versionsFit: () => undefined,
      random: () => 0.5,
    });
    this.store = createMarketStore({ bridge: this.bridge, frames: this.frames });
  }

  /** Lets promises settle between slices of time, as a browser would. */
  async run(ms: number, sliceMs = 5): Promise<void> {
    await settle();
    for (let left = ms; left > 0; left -= sliceMs) {
      this.clock.advance(Math.min(sliceMs, left));
      await settle();
    }
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}
