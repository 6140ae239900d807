import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import { assertNever } from '../../shared/assert.ts';
import type { HostEvent } from '../../shared/bridge.ts';
import { defaultSettings } from '../../shared/settings.ts';
import type { DataSource } from '../../shared/values.ts';
import type { LinkHealth, WindowState } from './marketStore.ts';

const keptNotices = 50;

export function createWindowState(link: LinkHealth): StoreApi<WindowState> {
  return createStore<WindowState>(() => ({
    link,
    hello: null,
    source: null,
    generation: 0,
    settings: defaultSettings(),
    notices: [],
    clearedErrors: null,
  }));
}

export function isRecorded(source: DataSource | null): boolean {
  return source?.startsWith('replay:') === true;
}

/** A replay may have gone anywhere while the page was away; a market has only gone on. */
function afterHello({ source, generation }: WindowState, next: DataSource): number {
  if (source === null) return generation;
  return source !== next || isRecorded(next) ? generation + 1 : generation;
}

export function applyHostEvent(state: StoreApi<WindowState>, event: HostEvent): void {
  switch (event.type) {
    case 'hello': {
      const { source, settings } = event;
      const generation = afterHello(state.getState(), source);
      state.setState({ hello: event, source, generation, settings });
      break;
    }
    case 'sourceChanged': {
      const generation = state.getState().generation + 1;
      state.setState({ source: event.source, generation, clearedErrors: null });
      break;
    }
    case 'settingsChanged':
      state.setState({ settings: event.settings });
      break;
    case 'notice': {
      const others = state.getState().notices.filter((notice) => notice.id !== event.id);
      state.setState({ notices: [...others, event].slice(-keptNotices) });
      break;
    }
    case 'goodbye':
      break;
    default:
      assertNever(event);
  }
}
