/** Every name that crosses a process or network border by string. */
export const channels = {
  /** Preload asks main for its bridge port. */
  requestPort: 'truetape:request-port',
  /** Main answers with a MessagePort. */
  providePort: 'truetape:provide-port',
  /** `window.postMessage` from preload to page, with the port in its transfer list. */
  pageHello: 'truetape:port',
} as const;

/** Paths of the headless host. */
export const gatewayPaths = {
  session: '/api/session',
  bridge: '/bridge',
  health: '/health',
} as const;

/** Before the number of a finished export. */
export const exportPath = '/api/exports/';

/** Where a page fetches it; the cookie of its session goes with it. */
export function exportAddress(id: number): string {
  return `${exportPath}${id}`;
}
