import { downloadElectron } from './downloadElectron.ts';
import type { DownloadLimits } from './downloadElectron.ts';
import { electronRelease, findElectron, isCached, releaseProblem } from './electronRelease.ts';
import type { Environment } from './electronRelease.ts';

export type HostChoice =
  | { readonly type: 'desktop'; readonly binary: string }
  | { readonly type: 'gateway'; readonly reason: string };

export interface ChooseHostOptions {
  readonly environment: Environment;
  /** The installed `electron` package. */
  readonly packageFolder: string;
  readonly hasDisplay: boolean;
  /** A demonstration runs offline: it never downloads. */
  readonly mayDownload: boolean;
  readonly say: (line: string) => void;
  readonly probeLimitMs?: number;
  readonly downloadLimits?: DownloadLimits;
}

/** The desktop where its binary is here or can be had quickly, else the browser, with the reason in words. */
export async function chooseHost(options: ChooseHostOptions): Promise<HostChoice> {
  const { environment, packageFolder } = options;
  const forced = environment['TRUETAPE_HOST'] ?? '';
  if (forced === 'gateway') return gateway('TRUETAPE_HOST asks for the browser.');
  if (forced !== '' && forced !== 'electron') {
    throw new Error(`TRUETAPE_HOST is electron or gateway, not "${forced}".`);
  }
  const isForced = forced === 'electron';
  if (!options.hasDisplay && !isForced) return gateway('No display here.');
  const binary = findElectron(packageFolder, environment);
  if (binary !== null) return { type: 'desktop', binary };
  const problem =
    options.mayDownload || isForced ? await obtain(options) : 'nothing is downloaded for this';
  const obtained = findElectron(packageFolder, environment);
  if (problem === null && obtained !== null) return { type: 'desktop', binary: obtained };
  const reason = `Electron is not here and ${problem ?? 'its installation failed'}.`;
  if (isForced) throw new Error(`${reason} Leave out TRUETAPE_HOST=electron to use the browser.`);
  return gateway(reason);
}

function gateway(reason: string): HostChoice {
  return { type: 'gateway', reason };
}

/** Null when installed; otherwise why not. */
async function obtain(options: ChooseHostOptions): Promise<string | null> {
  const release = electronRelease(options.packageFolder, options.environment);
  if (!isCached(release, options.environment)) {
    const problem = await releaseProblem(release, options.probeLimitMs ?? 4_000);
    if (problem !== null) return problem;
  }
  options.say('Fetching Electron once (about 110 MB) ...');
  const { packageFolder, environment, downloadLimits } = options;
  const isInstalled = await downloadElectron(packageFolder, environment, downloadLimits);
  return isInstalled ? null : 'its download did not finish';
}
