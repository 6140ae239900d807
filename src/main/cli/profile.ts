import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The platform's folder for an application's own files; desktop and headless host share it. */
export function defaultProfile(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = environment['HOME'] ?? homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Truetape');
  if (platform === 'win32') {
    return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Truetape');
  }
  const base = environment['XDG_DATA_HOME'];
  // The base folder specification says: a relative path is to be ignored.
  return join(base?.startsWith('/') === true ? base : join(home, '.local', 'share'), 'truetape');
}

export function profileFolder(flag: string | null): string {
  return flag === null ? defaultProfile() : resolve(flag);
}
