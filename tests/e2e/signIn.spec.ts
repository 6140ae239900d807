import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expectAccessible } from './support/accessibility.ts';
import { Program, builtMain } from './support/processes.ts';
import { expect, test } from './support/workstation.ts';

const password = 'correct horse';

async function user(profile: string, words: readonly string[], line = ''): Promise<string> {
  const child = spawn(
    process.execPath,
    [join(builtMain, 'cli.js'), 'user', ...words, '--profile', profile],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const program = new Program(child);
  child.stdin.end(line);
  const { code } = await program.ended;
  expect(code, program.errors).toBe(0);
  return program.output;
}

async function signIn(page: Page, secret: string): Promise<void> {
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill(secret);
  await page.keyboard.press('Enter');
}

test('[S1-30] a person signs in, is sent out by a revocation, comes back and signs out; no token is seen on the way', async ({
  shared,
  browser,
  hostKind,
}) => {
  test.skip(hostKind === 'desktop', 'the desktop has no sign-in');
  const { profile, program, address } = shared;
  await user(profile, ['add', 'anna'], `${password}\n`);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const seen: string[] = [];
  page.on('request', (request) => seen.push(request.url()));
  page.on('websocket', (socket) => seen.push(socket.url()));
  page.on('console', (message) => seen.push(message.text()));

  await page.goto(`${new URL(address ?? '').origin}/?window=signed`);
  await expect(page.getByLabel('User name')).toBeFocused();
  await expectAccessible(page);
  await signIn(page, 'wrong password');
  await expect(page.getByRole('alert')).toContainText('do not fit');
  await expect(page.getByLabel('Password')).toBeFocused();
  await expectAccessible(page);
  await signIn(page, password);
  await expect(page.locator('.pulse-bar')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign out anna' })).toBeVisible();
  await page.reload();
  await expect(page.locator('.pulse-bar')).toBeVisible();
  expect(await page.evaluate('document.cookie')).toBe('');
  expect(
    await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])'),
  ).not.toMatch(/eyJ/);

  expect(await user(profile, ['revoke', 'anna'])).toMatch(/^ended 1 login/);
  const cover = page.getByRole('dialog', { name: 'Sign in' });
  await expect(cover).toBeVisible();
  await expect(page.getByLabel('User name')).toBeFocused();
  await expectAccessible(page);
  await signIn(page, password);
  await expect(page.getByRole('alert').filter({ hasText: 'do not fit' })).toBeVisible();
  await user(profile, ['passwd', 'anna'], 'another horse\n');
  await signIn(page, 'another horse');
  await expect(cover).toHaveCount(0);
  await page.getByRole('button', { name: 'Sign out anna' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Truetape' })).toBeVisible();
  await expect(page.locator('.pulse-bar')).toHaveCount(0);

  const all = [...seen, program.output, program.errors].join('\n');
  for (const secret of [/eyJ/, /correct horse/, /another horse/]) expect(all).not.toMatch(secret);
  expect(program.errors).toContain('a sign-in of user anna was refused');
  await user(profile, ['remove', 'anna']);
  await context.close();
});
