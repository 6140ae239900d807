/** The part of the browser that decides whether a page may open windows; absent in older ones. */
interface Activation {
  readonly isActive: boolean;
}

function activation(): Activation | null {
  return 'userActivation' in navigator ? navigator.userActivation : null;
}

/** False where a browser would block it: no press was made in the last seconds. */
export function mayOpenWindow(): boolean {
  return activation()?.isActive ?? true;
}

/**
 * Opens an address that the host has answered, in a process of its own: without the opener, so that neither window can stop
 * or reach the other. `window.open` then says nothing about what became of it; but a window that was opened uses up the
 * press that allowed it.
 */
export function openAnsweredWindow(address: string): 'opened' | 'blocked' {
  if (!mayOpenWindow()) return 'blocked';
  window.open(address, '_blank', 'noopener');
  return activation()?.isActive === true ? 'blocked' : 'opened';
}
