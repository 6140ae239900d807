import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import type { Settings } from '../../../shared/settings.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import type { MachineFinding } from '../hosting/hostContract.ts';
import { systemClock } from '../ports/clock.ts';
import { buildBundle, bundleName } from './buildBundle.ts';
import { readDebugLines } from './debugLog.ts';
import { redactorHere } from './machine.ts';

/** What can be told beside no running engine: the machine, and what lies in the profile. */
export async function buildDoctorBundle(
  version: string,
  profile: string,
  findings: readonly MachineFinding[],
): Promise<{ readonly fileName: string; readonly bytes: Uint8Array }> {
  const time = systemClock.wallMs();
  const settings = readSettings(profile);
  const bytes = await buildBundle(
    {
      ...{ version, host: 'none', source: null, startedTime: null, time, findings },
      ...{ status: null, health: null, incidents: [], gaps: [], errors: [], log: [] },
      settings,
      debugLines: readDebugLines(profile),
    },
    redactorHere(),
  );
  return { fileName: bundleName(time), bytes };
}

/** Without touching a file that a running program may have open; null where there is none to read. */
function readSettings(profile: string): Settings | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(profile, 'truetape.sqlite'), { readOnly: true });
    const rows = database.prepare('SELECT name, value FROM setting').all();
    const stored = rows.map((row): [string, unknown] => [
      String(row['name']),
      JSON.parse(String(row['value'])),
    ]);
    return v.parse(settingsSchema, Object.fromEntries(stored));
  } catch {
    // No profile yet, or a damaged one: the doctor's findings say so.
    return null;
  } finally {
    database?.close();
  }
}
