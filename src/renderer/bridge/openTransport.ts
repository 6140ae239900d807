import type { BridgeTransport } from '../../shared/bridge.ts';
import { gatewayPaths } from '../../shared/channels.ts';
import { enterGateway } from './gatewaySession.ts';
import { LoginRenewal } from './loginRenewal.ts';
import { PortSource } from './messagePortTransport.ts';
import { openWebSocketTransport } from './webSocketTransport.ts';

/**
 * How this page reaches its host. Which host it has is told by its address: the desktop serves pages as `app://`, the
 * gateway over HTTP. A stand-in for the desktop that serves pages over HTTP sets `window.truetapeHost = 'desktop'` before
 * the page's scripts run.
 */
export function createTransportOpener(window: Window): () => Promise<BridgeTransport> {
  const isDesktop =
    window.location.protocol === 'app:' || Reflect.get(window, 'truetapeHost') === 'desktop';
  if (isDesktop) {
    const ports = new PortSource(window);
    return () => ports.open();
  }
  const renewal = new LoginRenewal(window);
  return async () => {
    renewal.stop();
    renewal.follow(await enterGateway(window));
    return openWebSocketTransport(bridgeAddress(window.location));
  };
}

/** Each window is a session of its own; its id names its saved layout. */
function bridgeAddress(location: Location): URL {
  const address = new URL(gatewayPaths.bridge, location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const window = new URLSearchParams(location.search).get('window');
  if (window !== null) address.searchParams.set('window', window);
  return address;
}
