import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { HelpPanel } from '../../../../src/renderer/panels/help/HelpPanel.tsx';
import type { Block, Inline } from '../../../../src/renderer/panels/help/parseMarkdown.ts';
import {
  anchorOf,
  parseInline,
  parseMarkdown,
} from '../../../../src/renderer/panels/help/parseMarkdown.ts';
import { helpSections, isHelpSection } from '../../../../src/renderer/workspace/helpSections.ts';
import { panelRegistry } from '../../../../src/renderer/workspace/panelRegistry.ts';
import * as whys from '../../../../src/renderer/workspace/why.ts';
import type {
  ConnectionReason,
  ConnectionStatus,
  GapCause,
  StreamStatus,
} from '../../../../src/shared/feedHealth.ts';
import { incidentKinds } from '../../../../src/shared/incidents.ts';
import { connection, incident, stream } from '../../support/healthValues.ts';
import { createPanelProps, installPageStubs } from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

const root = join(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const blocks = parseMarkdown(page);

function headings(of: readonly Block[]): readonly string[] {
  return of.flatMap((block) => (block.type === 'heading' ? [block.anchor] : []));
}

function inlines(of: readonly Block[]): readonly Inline[] {
  return of.flatMap((block): readonly Inline[] => {
    switch (block.type) {
      case 'heading':
        return [];
      case 'paragraph':
        return block.content;
      case 'list':
        return block.entries.flat();
      case 'table':
        return [...block.head, ...block.rows.flat()].flat();
      default:
        return block satisfies never;
    }
  });
}

const statuses: readonly ConnectionStatus[] = [
  'connecting',
  'subscribing',
  'live',
  'reconnecting',
  'closed',
];
const reasons: readonly (ConnectionReason | null)[] = [
  null,
  'backoff',
  'rate-limited',
  'banned',
  'refused',
  'paused',
];
const streamStatuses: readonly StreamStatus[] = [
  'subscribing',
  'live',
  'quiet',
  'stale',
  'resyncing',
  'failed',
];

function everyWhy(): readonly whys.Why[] {
  return [
    ...statuses.flatMap((status) =>
      reasons.map((reason) => whys.whyOfConnection(connection({ status, reason }))),
    ),
    ...streamStatuses.map((status) => whys.whyOfStream(stream({ status }))),
    ...incidentKinds.map((kind) => whys.whyOfIncident(incident({ kind }))),
    ...Object.values(whys.linkWords),
  ];
}

test('[S0-45] every section that the page leads to is a heading of the help, and the other way round', () => {
  expect(headings(blocks).slice(1)).toEqual([...helpSections]);
  for (const section of [
    'it-fails-to-connect',
    'it-gets-no-updates',
    'it-uses-much-memory',
    'it-is-slow',
  ]) {
    expect(isHelpSection(section), section).toBe(true);
  }
});

test('[S0-45] every status, reason and kind of incident has a cause, a next step and a section', () => {
  for (const why of everyWhy()) {
    expect(why.cause).toMatch(/^[A-Z].*\.$/);
    expect(why.next).toMatch(/^[A-Z].*[.\w]$/);
    expect(helpSections).toContain(why.section);
  }
  for (const record of panelRegistry) {
    if (record.helpSection !== undefined) expect(helpSections).toContain(record.helpSection);
  }
});

test('[S0-45] every gap cause and every entry of the error catalogue is explained', () => {
  const causes: readonly GapCause[] = [
    'disconnect',
    'sequence',
    'stale',
    'overflow',
    'decode',
    'clock',
  ];
  for (const cause of causes) expect(page).toContain(`| \`${cause}\``);
  for (const { name, section } of Object.values(whys.linkWords)) {
    expect(anchorOf(name)).toBe(section);
    const text = page.slice(page.indexOf(`### ${name}`)).split('\n\n')[1] ?? '';
    expect(text).toMatch(/^Cause: .+\nFix: .+/);
  }
});

test('[S0-45] every relative link of the docs leads to a file or a heading', () => {
  const files = globSync(['docs/**/*.md', '*.md'], { cwd: root });
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const full = path === '' ? join(root, file) : join(root, dirname(file), path);
      expect(existsSync(full), `${file}: ${target}`).toBe(true);
      if (anchor === undefined) continue;
      const anchors = [...readFileSync(full, 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map(
        ([, heading = '']) => anchorOf(heading),
      );
      expect(anchors, `${file}: ${target}`).toContain(anchor);
    }
  }
});

test('the help is written in the part of Markdown that the panel knows', () => {
  const left = inlines(blocks)
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('\n');
  expect(left).not.toMatch(/[*`<>]|\]\(|^#|^\d+\. |^\s*[-+] /m);
});

test('markup in a page stays text', () => {
  expect(parseInline('a <img onerror=x> **b** [c](#d) `<i>`')).toEqual([
    { type: 'text', text: 'a <img onerror=x> ' },
    { type: 'strong', text: 'b' },
    { type: 'text', text: ' ' },
    { type: 'link', text: 'c', target: '#d' },
    { type: 'text', text: ' ' },
    { type: 'code', text: '<i>' },
  ]);
});

test('opens at the section asked for, goes to another, and keeps to the page without a network', () => {
  const shown: string[] = [];
  HTMLElement.prototype.scrollIntoView = function (this: HTMLElement) {
    shown.push(this.dataset['section'] ?? '');
  };
  const saveOptions = vi.fn();
  const props = createPanelProps({ saveOptions, savedOptions: { section: 'stale', asked: 1 } });
  const view = render(<HelpPanel {...props} />);
  expect(shown).toEqual(['stale']);
  expect(document.activeElement?.textContent).toBe('Stale');
  view.rerender(<HelpPanel {...props} savedOptions={{ section: 'stale', asked: 2 }} />);
  expect(shown).toEqual(['stale', 'stale']);
  fireEvent.click(screen.getAllByRole('button', { name: 'It is slow' })[0] ?? document.body);
  expect(saveOptions).toHaveBeenCalledWith({ section: 'it-is-slow', asked: expect.any(Number) });
  expect(view.container.querySelectorAll('a, img, script, iframe')).toHaveLength(0);
  for (const section of helpSections) {
    expect(view.container.querySelector(`[data-section="${section}"]`), section).not.toBeNull();
  }
});
