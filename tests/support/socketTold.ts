import { openWsSocket } from '../../src/main/engine/ports/wsSocket.ts';

/** All that a socket tells, until it is closed or `frames` have come. */
export async function allTold(url: string, frames: number): Promise<string[]> {
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    const socket = openWsSocket(url, {
      opened: () => heard.push('opened'),
      frame: (text) => {
        heard.push(text);
        if (heard.length >= frames) socket.terminate();
      },
      pinged: () => heard.push('pinged'),
      closed: (code, reason) => {
        heard.push(`closed ${code} ${reason}`);
        resolve();
      },
    });
  });
  return heard;
}
