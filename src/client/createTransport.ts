import type { ClientTransport } from './clientContract.ts';
import { PollTransport } from './transports/pollTransport.ts';
import { SseTransport } from './transports/sseTransport.ts';
import type { Transport, TransportRequest } from './transports/transport.ts';
import { WebSocketTransport } from './transports/webSocketTransport.ts';

export function createTransport(name: ClientTransport, request: TransportRequest): Transport {
  switch (name) {
    case 'websocket':
      return new WebSocketTransport(request);
    case 'sse':
      return new SseTransport(request);
    case 'poll':
      return new PollTransport(request);
    default:
      return name satisfies never;
  }
}
