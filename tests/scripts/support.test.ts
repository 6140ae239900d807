import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

test('is under the MIT licence and asks a reporter for version, logs and session id [S1-55]', () => {
  const template = read('.github/ISSUE_TEMPLATE/problem.yml');
  const required = [...template.matchAll(/id: (\w+)(?:(?! {2}- type)[^])*?required: true/g)];
  expect(read('LICENSE')).toMatch(/^MIT License\n[^]*Permission is hereby granted, free of charge/);
  expect(JSON.parse(read('package.json'))).toMatchObject({ license: 'MIT' });
  expect(required.map(([, id]) => id)).toEqual(['version', 'session', 'happened', 'logs']);
});
