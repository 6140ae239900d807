import { resolve } from 'node:path';
import type { MachineFinding } from '../engine/host.ts';
import { findInstallation } from '../installation.ts';
import { CommandFailure, usageFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { helpText, parseFlags, printable } from './flags.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';
import { reasonOf } from './hostFlags.ts';
import { checkMachine } from './machineChecks.ts';
import { defaultPort, parsePort } from './portFlag.ts';
import { profileFolder } from './profile.ts';

const flagTable = {
  port: { value: 'PORT', help: `port to try (default ${defaultPort})` },
  profile: { value: 'FOLDER', help: 'profile folder to try' },
  bundle: {
    help: 'also write FILE, a zip for whoever helps (default truetape-diagnostics-TIME.zip)',
  },
  deploy: { help: 'look at a gateway instead: eight lines, pass or fail' },
  url: { value: 'ADDRESS', help: 'of the gateway for --deploy; without it one is started' },
} as const satisfies FlagTable;

const summary = `Checks that this machine can run Truetape, and says what to do where it cannot.

--bundle packs the findings, the settings and the debug log of the profile, without keys, names,
addresses and places of this machine. It does not reach a Truetape that runs: health, incidents, gaps
and errors are in the bundle that its own window saves (menu of Connection health).

--deploy looks at a gateway as programs meet it. For one with accounts the access token is read from
TRUETAPE_TOKEN; on the same machine the printed address with its key is enough.`;

export const doctorCommand: CommandRecord = {
  name: 'doctor',
  summary: 'checks that this machine can run Truetape',
  async run(args, io) {
    const flags = parseFlags('doctor', withBundleFile(args), flagTable, { positionals: true });
    if (flags.has('help')) {
      io.stdout(helpText('truetape doctor [flags] [--bundle [FILE]]', summary, flagTable));
      return 0;
    }
    const bundleFile = readBundleFile(flags);
    if (flags.has('deploy')) return checkDeploy(flags.one('url'), io);
    if (flags.has('url')) throw usageFailure('--url belongs to --deploy.');
    const profile = profileFolder(flags.one('profile'));
    const found = await checkMachine({ port: parsePort(flags.one('port')), profile });
    const { checkFeed } = await import('./feedCheck.ts');
    const findings = [...found, await checkFeed()];
    for (const { verdict, text } of findings) io.stdout(`${verdict.padEnd(6)}${text}\n`);
    if (flags.has('bundle')) await saveBundle(bundleFile, profile, findings, io);
    const faults = findings.filter(({ verdict }) => verdict === 'fault').length;
    io.stdout(faults === 0 ? 'Ready.\n' : `${faults} to mend before Truetape runs here.\n`);
    return faults === 0 ? 0 : 1;
  },
};

async function checkDeploy(url: string | null, io: CommandIo): Promise<number> {
  const { checkDeployment } = await import('./deploy/deployChecks.ts');
  const { runningTarget, startedTarget } = await import('./deploy/deployTarget.ts');
  const token = process.env['TRUETAPE_TOKEN'] ?? null;
  const entry = process.argv[1] ?? '';
  const target = url === null ? await startedTarget(entry) : runningTarget(url, token);
  try {
    const findings = await checkDeployment(target.probe);
    for (const { name, faults, seen } of findings) {
      const isPassed = faults.length === 0;
      io.stdout(`${isPassed ? 'pass' : 'FAIL'}  ${name}: ${isPassed ? seen : faults.join('; ')}\n`);
    }
    return findings.every(({ faults }) => faults.length === 0) ? 0 : 1;
  } finally {
    await target.close();
  }
}

/** The file may stand behind an equals sign too. */
function withBundleFile(args: readonly string[]): readonly string[] {
  return args.flatMap((word) =>
    word.startsWith('--bundle=') ? ['--bundle', word.slice('--bundle='.length)] : [word],
  );
}

function readBundleFile({ positionals, has }: ParsedFlags): string | null {
  const [file, second] = positionals;
  const extra = has('bundle') ? second : file;
  if (extra !== undefined) {
    throw usageFailure(`doctor does not take "${printable(extra)}". See: truetape doctor --help`);
  }
  return file === undefined || file === '' ? null : file;
}

async function saveBundle(
  file: string | null,
  profile: string,
  findings: readonly MachineFinding[],
  io: CommandIo,
): Promise<void> {
  // The checks have to work where the engine cannot.
  const { buildDoctorBundle } = await import('../engine/diagnostics/doctorBundle.ts');
  const { writeBundle } = await import('../engine/diagnostics/writeBundle.ts');
  const { fileName, bytes } = await buildDoctorBundle(
    findInstallation().version,
    profile,
    findings,
  );
  const path = resolve(file ?? fileName);
  try {
    writeBundle(path, bytes);
  } catch (error) {
    const reason = reasonOf(error);
    throw new CommandFailure(
      `the bundle cannot be written (${reason}). Choose another place: --bundle FILE`,
    );
  }
  io.stdout(`saved  ${path}\n`);
}
