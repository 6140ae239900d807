import { openStorage } from '../../src/main/engine/storage/storage.ts';

/** Opens a profile and keeps it until it is killed: node storageChild.ts PROFILE. Says what became of it. */
const [profile = ''] = process.argv.slice(2);
try {
  openStorage(profile).changeSettings({ theme: 'light' });
  process.stdout.write('opened\n');
  setInterval(() => undefined, 1_000);
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
}
