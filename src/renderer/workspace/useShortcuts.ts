import { useEffect } from 'react';

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches('input, textarea, select, [role="menu"] *, [role="dialog"] *')
  );
}

/**
 * Ctrl or Cmd K opens the palette; so does typing a letter anywhere that does not take text itself, and that `takeKey` has
 * no use for.
 */
export function useShortcuts(
  openPalette: (text: string) => void,
  takeKey: (event: KeyboardEvent) => boolean,
): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette('');
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (takeKey(event)) {
        event.preventDefault();
        return;
      }
      if (!/^[a-z0-9]$/i.test(event.key)) return;
      event.preventDefault();
      openPalette(event.key);
    };
    // Bubbling: a focused ladder or grid that uses the letter itself prevents the default first.
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [openPalette, takeKey]);
}
