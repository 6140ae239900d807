import type { CommandRecord } from './commandIo.ts';

export const inspectCommand: CommandRecord = {
  name: 'inspect',
  summary: 'decodes recordings and prints trades, books, candles and hashes',
  async run(args, io) {
    const { runInspect } = await import('../engine/inspect/inspectCommand.ts');
    return runInspect(args, io);
  },
};
