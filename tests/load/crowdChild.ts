import { parseCrowdOrder } from './crowdMessages.ts';
import type { CrowdAnswer } from './crowdMessages.ts';
import { Crowd } from './crowd.ts';

/** Clients in a process of their own, told by its parent what to do; ends with it. */
let crowd: Crowd | null = null;

function answer(message: CrowdAnswer): void {
  process.send?.(message);
}

async function follow(message: unknown): Promise<void> {
  const order = parseCrowdOrder(message);
  switch (order.type) {
    case 'open':
      crowd = new Crowd(order.options);
      await crowd.open();
      answer({ type: 'done' });
      return;
    case 'begin':
      crowd?.begin();
      answer({ type: 'done' });
      return;
    case 'read':
      if (crowd !== null) answer({ type: 'figures', figures: crowd.figures() });
      return;
    case 'setReading':
      crowd?.setReading(order.isReading);
      answer({ type: 'done' });
      return;
    default:
      crowd?.close();
      process.disconnect();
  }
}

process.on('message', (message) => {
  follow(message).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
