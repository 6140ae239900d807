import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mutants } from '../../scripts/mutations/mutants.ts';
import { mutate } from '../../scripts/mutations/mutate.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

// `npm run mutations` runs the tests against each of them.
test.each(mutants.map((mutant) => [mutant.rule, mutant] as const))(
  'the rule "%s" stands where it can be broken',
  (_rule, mutant) => {
    expect(mutate(root, mutant)).toContain(mutant.replace);
    expect(mutant.tests.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(mutant.tests).not.toEqual([]);
  },
);
