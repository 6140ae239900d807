import { MessageChannelMain } from 'electron';
import type { WebFrameMain } from 'electron';
import * as v from 'valibot';
import type { BridgeTransport } from '../../shared/bridge.ts';
import { channels } from '../../shared/channels.ts';
import type { AttachedWindow, EngineHost } from '../engine/host.ts';
import type { IpcRouter } from './ipcRouter.ts';
import { createPortTransport } from './portTransport.ts';

export interface PortBrokerOptions {
  readonly router: IpcRouter;
  readonly host: EngineHost;
  /** What a page of this window may ask of the desktop. */
  readonly describeWindow: (window: string) => AttachedWindow;
}

/**
 * Gives each page that asks one end of a new channel and attaches the other to the engine. A page that reloads asks
 * again: its former session ends first.
 */
export function setupPortBroker({ router, host, describeWindow }: PortBrokerOptions): void {
  const transportByWindow = new Map<string, BridgeTransport>();
  router.route(channels.requestPort, v.null(), ({ window, frame }) => {
    transportByWindow.get(window)?.close();
    const { port1, port2 } = new MessageChannelMain();
    const { transport } = createPortTransport(port1);
    transportByWindow.set(window, transport);
    if (!sendPort(frame, port2)) {
      transport.close();
      return;
    }
    host.attach(transport, describeWindow(window));
  });
}

function sendPort(frame: WebFrameMain, port: Electron.MessagePortMain): boolean {
  try {
    frame.postMessage(channels.providePort, null, [port]);
    return true;
  } catch {
    // The page left while it asked; the next one asks for itself.
    return false;
  }
}
