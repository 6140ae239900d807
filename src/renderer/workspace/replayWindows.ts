import type { MarketStore } from '../store/marketStore.ts';
import type { Notify } from './notify.ts';
import { mayOpenWindow, openAnsweredWindow } from './openAnsweredWindow.ts';
import type { ReplayWanted } from './panel.ts';

/** Windows that the host answers, and the replays in them. */
export class ReplayWindows {
  readonly #store: MarketStore;
  readonly #notify: Notify;

  constructor(store: MarketStore, notify: Notify) {
    this.#store = store;
    this.#notify = notify;
  }

  async open(wanted: ReplayWanted): Promise<void> {
    if (wanted.where === 'newWindow' && !this.#mayOpen()) {
      this.#offer(wanted, 'The replay waits for a press');
      return;
    }
    const answer = await this.#store.command({ type: 'openReplay', ...wanted });
    if (answer.ok) this.show(answer.value.address);
    else this.#notify({ fault: true, title: 'No replay was opened', text: answer.message });
  }

  /** Of an answer that may name an address: the desktop has opened its window by then, a page does it itself. */
  show(address: string | null, onOpened: () => void = () => undefined): void {
    if (address === null || openAnsweredWindow(address) === 'opened') {
      onOpened();
      return;
    }
    this.#notify({
      fault: true,
      title: 'The browser blocked the window',
      text: 'It opens with a press here. To have it at once, allow pop-ups for this page.',
      action: { label: 'Open window', act: () => this.show(address, onOpened) },
    });
  }

  /** What a person has brought is played at once, where the browser lets it. */
  showImported(session: string, words: string): void {
    const wanted: ReplayWanted = { session, at: null, where: 'newWindow' };
    if (this.#mayOpen()) void this.open(wanted);
    else this.#offer(wanted, `${words} is imported`);
  }

  #mayOpen(): boolean {
    return this.#store.windowState.getState().hello?.host === 'desktop' || mayOpenWindow();
  }

  #offer(wanted: ReplayWanted, title: string): void {
    this.#notify({
      fault: false,
      title,
      text: 'A browser opens the window of the replay only right after a press.',
      action: { label: 'Open replay', act: () => void this.open(wanted) },
    });
  }
}
