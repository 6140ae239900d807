import { createServer } from 'node:net';

/**
 * A port that nothing listens on at this moment: below those that systems give out by themselves, so that no other program of
 * this machine gets it meanwhile, nor the near end of a connection to it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
