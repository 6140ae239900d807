import { useCallback } from 'react';
import { useMarketStore } from '../../store/hooks.ts';
import type { ReplayControl } from './replayControl.ts';
import { replayControl } from './replayControl.ts';
import { useAddMark } from '../addMark.ts';

/** What Space presses already: it must not play at the same time. */
const pressable =
  'button, a, summary, [role="button"], [role="tab"], [role="option"], [role="switch"]';

function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(pressable) !== null;
}

/** The key as its place on the keyboard says where another layout needs Shift or Alt for it. */
function keyOf(event: KeyboardEvent): string {
  const places: Readonly<Record<string, string>> = {
    Comma: ',',
    Period: '.',
    BracketLeft: '[',
    BracketRight: ']',
  };
  const { key, code } = event;
  if (Object.values(places).includes(key)) return key;
  return places[code] ?? key.toLowerCase();
}

function actOf(control: ReplayControl, event: KeyboardEvent): (() => void) | null {
  const unit = event.shiftKey ? 'second' : 'frame';
  switch (keyOf(event)) {
    case ' ':
      return isPressable(event.target) ? null : () => void control.togglePlay();
    case ',':
      return () => control.step(unit, -1);
    case '.':
      return () => control.step(unit, 1);
    case '[':
      return () => control.step('mark', -1);
    case ']':
      return () => control.step('mark', 1);
    case 'l':
      return event.shiftKey ? null : () => control.toggleLoop();
    default:
      return null;
  }
}

/** Keys of the transport, and M for a mark in every window. True: the key has been used. */
export function useReplayKeys(): (event: KeyboardEvent) => boolean {
  const store = useMarketStore();
  const markHere = useAddMark();
  return useCallback(
    (event) => {
      const control = replayControl(store);
      const act = event.key === 'm' ? markHere : control.replay && actOf(control, event);
      if (act === null) return false;
      if (event.key !== 'm' || !event.repeat) act();
      return true;
    },
    [store, markHere],
  );
}
