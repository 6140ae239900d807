import type { RefObject } from 'react';
import { useEffect, useEffectEvent } from 'react';

/** Esc pressed anywhere inside of the element, unless something in it has used the key. */
export function useEscape(target: RefObject<HTMLElement | null>, onEscape: () => void): void {
  const escape = useEffectEvent(onEscape);
  useEffect(() => {
    const element = target.current;
    if (element === null) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      escape();
    };
    element.addEventListener('keydown', onKey);
    return () => element.removeEventListener('keydown', onKey);
  }, [target]);
}
