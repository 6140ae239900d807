import type { LoadOptions } from './loadOptions.ts';
import type { Ended, LoadedGateway, Program } from './programs.ts';
import { RunFolders, startIngester, startLoadedGateway, startRedis } from './programs.ts';

/** The gateways under load, and what they need beside them. */
export interface Desk {
  readonly gateways: readonly LoadedGateway[];
  /** Redis and the ingester. */
  readonly others: readonly Program[];
  /** The gateways first, all at once. */
  stop(): Promise<readonly Ended[]>;
}

export async function openDesk(
  options: Pick<LoadOptions, 'gateways' | 'redis' | 'cpuProfile'>,
  flags: readonly string[] = [],
): Promise<Desk> {
  const folders = new RunFolders();
  const gateways: LoadedGateway[] = [];
  const others: Program[] = [];
  const stop = async (): Promise<readonly Ended[]> => {
    const ended = await Promise.all(gateways.map((gateway) => gateway.stop()));
    for (const program of others.toReversed()) await program.stop();
    folders.remove();
    return ended;
  };
  try {
    const source = await openSource(options, folders, others);
    for (let number = 1; number <= options.gateways; number += 1) {
      const nodeFlags =
        options.cpuProfile === null || number > 1
          ? []
          : ['--cpu-prof', `--cpu-prof-dir=${options.cpuProfile}`];
      const profile = folders.make('gateway');
      const start = { nodeFlags, profile, flags: [...source, ...flags] };
      gateways.push(await startLoadedGateway(`gateway ${number}`, start));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { gateways, others, stop };
}

/** One gateway has its own engine; several share one ingester over Redis. */
async function openSource(
  { gateways, redis }: Pick<LoadOptions, 'gateways' | 'redis'>,
  folders: RunFolders,
  others: Program[],
): Promise<readonly string[]> {
  if (gateways === 1 && redis === null) return ['--market', 'simulated'];
  let url = redis;
  if (url === null) {
    const started = await startRedis(folders.make('redis'));
    others.push(started);
    url = started.url;
  }
  others.push(await startIngester(url, folders.make('ingester')));
  return ['--redis', url, '--no-ingest'];
}
