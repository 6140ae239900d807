import { ipcRenderer } from 'electron';
import { channels } from '../shared/channels.ts';

// Hands the page its port to the engine, and nothing else. The context bridge cannot carry a port; a message can.
ipcRenderer.on(channels.providePort, (event) => {
  const [port] = event.ports;
  if (port === undefined) return;
  window.postMessage({ type: channels.pageHello }, window.location.origin, [port]);
});

const requestPort = (): void => {
  ipcRenderer.send(channels.requestPort);
};

// Module scripts have run by then, so the page listens.
window.addEventListener('DOMContentLoaded', requestPort, { once: true });

// A page whose port broke asks for another.
window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const isOwn = event.source === window && event.origin === window.location.origin;
  if (isOwn && typeof event.data === 'object' && event.data !== null && 'type' in event.data) {
    if (event.data.type === channels.requestPort) requestPort();
  }
});
