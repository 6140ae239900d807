import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';

/** The file with the rule broken; throws where the record no longer fits it. */
export function mutate(root: string, mutant: Mutant): string {
  const source = readFileSync(join(root, mutant.file), 'utf8');
  const found = source.split(mutant.find).length - 1;
  if (found !== 1) throw new Error(`"${mutant.rule}" is found ${found} times in ${mutant.file}`);
  return source.replace(mutant.find, () => mutant.replace);
}
