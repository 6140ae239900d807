import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { watchApiChanges } from '../../../src/renderer/workspace/apiChangeToasts.ts';
import { saveDiagnostics } from '../../../src/renderer/workspace/saveDiagnostics.ts';
import type { ApiChange } from '../../../src/shared/feedHealth.ts';
import { createPage, installPageStubs } from '../support/panelPage.tsx';

beforeAll(installPageStubs);
beforeEach(() => window.sessionStorage.clear());
afterEach(() => vi.restoreAllMocks());

test('one press offers the zip under its own name, byte for byte', async () => {
  const blobs: Blob[] = [];
  const names: string[] = [];
  URL.createObjectURL = (blob: Blob) => {
    blobs.push(blob);
    return 'blob:here';
  };
  URL.revokeObjectURL = () => undefined;
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    names.push(`${this.download} ${this.href}`);
  });
  const page = createPage((command) =>
    command.type === 'createDiagnostics'
      ? { ok: true, value: { fileName: 'truetape.zip', base64: btoa('PK\u0003\u00ff') } }
      : undefined,
  );
  await page.run(60);
  const saved = saveDiagnostics(page.store);
  await page.run(60);
  expect(await saved).toBeNull();
  expect(names).toEqual(['truetape.zip blob:here']);
  const [blob] = blobs;
  expect(blob?.type).toBe('application/zip');
  expect(blob?.size).toBe(4);
});

test('a refusal says what to do instead', async () => {
  const page = createPage((command) =>
    command.type === 'createDiagnostics'
      ? { ok: false, code: 'storage-failed', message: 'The disk is full.', candidates: [] }
      : undefined,
  );
  await page.run(60);
  const saved = saveDiagnostics(page.store);
  await page.run(60);
  expect(await saved).toMatch(/^The disk is full\. The command `truetape doctor --bundle`/);
});

test('a venue that changed its API is told once, also after a reload', async () => {
  const change = (venue: 'okx' | 'bybit', field: string): ApiChange => ({
    ...{
      venue,
      field,
      message: 'books',
      change: 'missing',
      count: 3,
      firstTime: 0,
      lastTime: 60_000,
    },
  });
  const titles: string[] = [];
  const open = async (changes: readonly ApiChange[]) => {
    const page = createPage();
    const stop = watchApiChanges(page.store, (title) => titles.push(title));
    await page.run(600);
    page.host.core.healthChange = (health) => ({ ...health, apiChanges: changes });
    await page.run(600);
    stop();
  };
  await open([change('okx', 'seqId'), change('okx', 'ts')]);
  expect(titles).toEqual(['OKX changed its API']);
  await open([change('okx', 'seqId'), change('okx', 'ts'), change('bybit', 'u')]);
  expect(titles).toEqual(['OKX changed its API', 'Bybit changed its API']);
});
