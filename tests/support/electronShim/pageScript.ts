import { shimPaths } from './messages.ts';

/**
 * Runs in every document before its own scripts: the built preload, behind a `require` that knows only `electron`.
 * Text, since it has to reach a browser: nothing of it may stay visible to the page.
 */
export function pageScript(preload: string, contents: number): string {
  return `(() => {
    window.truetapeHost = 'desktop';
    const base = location.origin.replace('http', 'ws');
    const control = new WebSocket(base + ${JSON.stringify(shimPaths.contents)} + '?contents=${contents}');
    const listeners = new Map();
    const waiting = [];
    const send = (message) => {
      const text = JSON.stringify(message);
      if (control.readyState === WebSocket.OPEN) control.send(text);
      else waiting.push(text);
    };
    control.onopen = () => {
      for (const text of waiting.splice(0)) control.send(text);
    };
    send({ type: 'hello', address: location.href });

    const openPort = (id) => {
      const channel = new MessageChannel();
      const inner = channel.port2;
      const socket = new WebSocket(base + ${JSON.stringify(shimPaths.port)} + '?port=' + id);
      socket.binaryType = 'arraybuffer';
      const early = [];
      const pass = (message) => {
        if (message instanceof Uint8Array) socket.send(message);
        else socket.send(JSON.stringify(message) ?? 'null');
      };
      inner.onmessage = (event) => {
        if (socket.readyState === WebSocket.OPEN) pass(event.data);
        else early.push(event.data);
      };
      inner.addEventListener('close', () => socket.close());
      socket.onopen = () => {
        for (const message of early.splice(0)) pass(message);
      };
      socket.onmessage = (event) => {
        inner.postMessage(typeof event.data === 'string' ? JSON.parse(event.data) : new Uint8Array(event.data));
      };
      socket.onclose = () => inner.close();
      return channel.port1;
    };

    control.onmessage = (event) => {
      const { channel, message, ports } = JSON.parse(event.data);
      for (const listener of listeners.get(channel) ?? []) {
        listener({ ports: ports.map(openPort), senderId: 0 }, message);
      }
    };
    const ipcRenderer = {
      send: (channel, ...args) => send({ type: 'call', channel, args: args.map((each) => structuredClone(each)) }),
      on(channel, listener) {
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
        return ipcRenderer;
      },
    };
    const require = (name) => {
      if (name === 'electron') return { ipcRenderer };
      throw new Error('a sandboxed preload cannot require ' + name);
    };
    const module = { exports: {} };
    ((require, module, exports) => {
${preload}
    })(require, module, module.exports);
  })();`;
}
