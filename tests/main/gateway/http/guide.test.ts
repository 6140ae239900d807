import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { serverFlags } from '../../../../src/main/cli/serverFlags.ts';
import { gatewayErrorStatus } from '../../../../src/shared/gateway/errors.ts';

const guide = readFileSync(new URL('../../../../docs/gateway.md', import.meta.url), 'utf8');

test('the guide has every error beside its status, and every flag of the server', () => {
  for (const [code, status] of Object.entries(gatewayErrorStatus)) {
    const row = guide.split('\n').find((line) => line.startsWith(`| ${status} `));
    expect(row, code).toContain(`\`${code}\``);
  }
  for (const flag of Object.keys(serverFlags)) expect(guide).toContain(`\`--${flag}`);
});
