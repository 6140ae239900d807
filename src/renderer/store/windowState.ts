import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import { assertNever } from '../../shared/assert.ts';
import type { HostEvent } from '../../shared/bridge.ts';
import { defaultSettings } from '../../shared/settings.ts';
import type { LinkHealth, WindowState } from './marketStore.ts';

const keptNotices = 50;

export function createWindowState(link: LinkHealth): StoreApi<WindowState> {
  return createStore<WindowState>(() => ({
    link,
    hello: null,
    source: null,
    settings: defaultSettings(),
    notices: [],
    clearedErrors: null,
  }));
}

export function applyHostEvent(state: StoreApi<WindowState>, event: HostEvent): void {
  switch (event.type) {
    case 'hello':
      state.setState({ hello: event, source: event.source, settings: event.settings });
      break;
    case 'sourceChanged':
      state.setState({ source: event.source, clearedErrors: null });
      break;
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
