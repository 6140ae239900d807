// Plain JavaScript, because an older Node cannot even load the TypeScript scripts.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `Truetape needs Node 24 or newer, and this is ${process.versions.node}. ` +
      'Run "npm ci" with optional dependencies (it brings Node 24 on Linux), or install Node 24.\n',
  );
  process.exit(1);
}
