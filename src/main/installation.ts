import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';

/** Where the parts of this program lie, whether it runs bundled, packaged or from source. */
export interface Installation {
  readonly version: string;
  readonly root: string;
  readonly rendererFolder: string;
  readonly preloadFile: string;
  readonly simulatorModule: string;
  /** Entry of the threads that export. */
  readonly exportWorker: string;
  /** Entry of the thread that watches whether the main thread stands still. */
  readonly stallThread: string;
}

const manifestSchema = v.object({ name: v.literal('truetape'), version: v.string() });

export function findInstallation(from: string = import.meta.dirname): Installation {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = parseManifest(join(folder, 'package.json'));
    if (manifest !== null) {
      const fromSource = import.meta.filename.endsWith('.ts');
      return {
        version: manifest.version,
        root: folder,
        rendererFolder: join(folder, 'out', 'renderer'),
        preloadFile: join(folder, 'out', 'preload', 'index.cjs'),
        simulatorModule: fromSource
          ? join(folder, 'src', 'simulator', 'main.ts')
          : join(folder, 'out', 'main', 'simulator.js'),
        exportWorker: fromSource
          ? join(folder, 'src', 'main', 'engine', 'export', 'exportWorker.ts')
          : join(folder, 'out', 'main', 'exportWorker.js'),
        stallThread: fromSource
          ? join(folder, 'src', 'main', 'stall', 'stallThread.ts')
          : join(folder, 'out', 'main', 'stallThread.js'),
      };
    }
    if (dirname(folder) === folder) {
      throw new Error(
        `This installation is incomplete: no package.json above ${from}. Install again.`,
      );
    }
  }
}

function parseManifest(file: string): v.InferOutput<typeof manifestSchema> | null {
  if (!existsSync(file)) return null;
  const parsed = v.safeParse(manifestSchema, JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success ? parsed.output : null;
}
