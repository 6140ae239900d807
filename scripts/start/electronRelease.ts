import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';

export type Environment = Readonly<Record<string, string | undefined>>;

const officialMirror = 'https://github.com/electron/electron/releases/download/';

/** Looks for the binary without loading `electron`, which would start its download and may hang on it. */
export function findElectron(packageFolder: string, environment: Environment): string | null {
  const override = environment['ELECTRON_OVERRIDE_DIST_PATH'];
  const pathFile = join(packageFolder, 'path.txt');
  const relative = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : null;
  if (override !== undefined && override !== '') {
    const binary = join(override, relative ?? 'electron');
    return existsSync(binary) ? binary : null;
  }
  if (relative === null) return null;
  const binary = join(packageFolder, 'dist', relative);
  return existsSync(binary) ? binary : null;
}

export interface ElectronRelease {
  readonly fileName: string;
  readonly address: string;
}

/** Where the installer of this version would download from, by the same variables as it reads. */
export function electronRelease(packageFolder: string, environment: Environment): ElectronRelease {
  const manifest = v.parse(
    v.object({ version: v.string() }),
    JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')),
  );
  const version = `v${manifest.version}`;
  const fileName =
    mirrorVariable('custom_filename', environment) ??
    `electron-${version}-${process.platform}-${process.arch}.zip`;
  const folder = (mirrorVariable('custom_dir', environment) ?? version).replace(
    '{{ version }}',
    manifest.version,
  );
  const mirror = mirrorVariable('mirror', environment) ?? officialMirror;
  return { fileName, address: `${mirror}${folder}/${fileName}` };
}

function mirrorVariable(name: string, environment: Environment): string | null {
  const joined = name.replaceAll('_', '');
  const names = [
    `npm_config_electron_${joined}`,
    `NPM_CONFIG_ELECTRON_${name.toUpperCase()}`,
    `npm_config_electron_${name}`,
    `ELECTRON_${name.toUpperCase()}`,
  ];
  for (const candidate of names) {
    const value = environment[candidate];
    if (value !== undefined && value !== '') return value;
  }
  return null;
}

/** An earlier download that the installer would unpack without any network. */
export function isCached(release: ElectronRelease, environment: Environment): boolean {
  const root = environment['electron_config_cache'] ?? defaultCache(environment);
  try {
    return readdirSync(root).some((folder) => existsSync(join(root, folder, release.fileName)));
  } catch {
    return false;
  }
}

function defaultCache(environment: Environment): string {
  const home = environment['HOME'] ?? homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'electron');
  if (process.platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? home, 'electron', 'Cache');
  }
  return join(environment['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'electron');
}

/** Null when the release can be had; otherwise why not, within the limit. */
export async function releaseProblem(
  release: ElectronRelease,
  limitMs: number,
): Promise<string | null> {
  try {
    const answer = await fetch(release.address, {
      method: 'HEAD',
      redirect: 'follow',
      signal: AbortSignal.timeout(limitMs),
    });
    return answer.ok ? null : `its download answered ${answer.status}`;
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    return isLate
      ? `its download did not answer within ${limitMs / 1000} s`
      : 'its download cannot be reached';
  }
}
