/**
 * A process of its own that floods whoever connects with Binance trades and pings it all the while. Tells its parent the port,
 * then, when asked, what it measured.
 */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const framesPerSec = Number(process.argv[2] ?? 20_000);
const stepMs = 5;
const pingEveryMs = 200;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
const delays: number[] = [];
let tradeId = 1;

function tradeFrame(): string {
  const time = Date.now();
  const id = tradeId;
  tradeId += 1;
  return `{"stream":"btcusdt@trade","data":{"e":"trade","E":${time},"s":"BTCUSDT","t":${id},"p":"84250.10000000","q":"0.01250000","T":${time},"m":true,"M":true}}`;
}

server.on('connection', (socket) => {
  const began = performance.now();
  let own = 0;
  const flood = setInterval(() => {
    // A reader that is behind is not helped by more.
    if (socket.bufferedAmount > 4 * 1024 * 1024) return;
    const due = Math.floor(((performance.now() - began) / 1_000) * framesPerSec);
    for (; own < due; own += 1) socket.send(tradeFrame());
  }, stepMs);
  const pings = setInterval(() => socket.ping(String(performance.now())), pingEveryMs);
  socket.on('message', (message: Buffer) => {
    const request: unknown = JSON.parse(message.toString());
    const id: unknown =
      typeof request === 'object' && request !== null && 'id' in request ? request.id : null;
    socket.send(JSON.stringify({ result: null, id }));
  });
  socket.on('pong', (payload) => delays.push(performance.now() - Number(String(payload))));
  socket.on('close', () => {
    clearInterval(flood);
    clearInterval(pings);
  });
});
server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port });
});
process.on('message', () => {
  process.send?.({ slowestMs: Math.max(...delays), pongs: delays.length });
});
