/**
 * The part of Markdown that our own pages are written in. What is not in it stays text, so nothing in a page can become
 * markup of another kind; a test holds the pages to it.
 */
export type Inline =
  | { readonly type: 'text' | 'strong' | 'code'; readonly text: string }
  | { readonly type: 'link'; readonly text: string; readonly target: string };

export type Block =
  | {
      readonly type: 'heading';
      readonly level: 1 | 2 | 3;
      readonly text: string;
      readonly anchor: string;
    }
  | { readonly type: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly type: 'list'; readonly entries: readonly (readonly Inline[])[] }
  | {
      readonly type: 'table';
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    };

/** As code hosts make them, so that links work there too. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

const inlinePattern = /\*\*([^*]+)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function parseInline(text: string): readonly Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(inlinePattern)) {
    const [whole, strong, code, label, target] = match;
    if (match.index > end) parts.push({ type: 'text', text: text.slice(end, match.index) });
    if (strong !== undefined) parts.push({ type: 'strong', text: strong });
    else if (code !== undefined) parts.push({ type: 'code', text: code });
    else parts.push({ type: 'link', text: label ?? '', target: target ?? '' });
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ type: 'text', text: text.slice(end) });
  return parts;
}

function parseCells(line: string): readonly (readonly Inline[])[] {
  return line
    .replaceAll(/^\||\|$/g, '')
    .split('|')
    .map((cell) => parseInline(cell.trim()));
}

function parseHeading(line: string): Block | null {
  const match = /^(#{1,3}) (.+)$/.exec(line);
  const [, marks, text] = match ?? [];
  if (marks === undefined || text === undefined) return null;
  const level = marks.length === 1 ? 1 : marks.length === 2 ? 2 : 3;
  return { type: 'heading', level, text, anchor: anchorOf(text) };
}

/** Blocks are parted by empty lines; a line break inside of one stays a line break. */
export function parseMarkdown(page: string): readonly Block[] {
  return page
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part): readonly Block[] => {
      const lines = part.split('\n');
      const [first = ''] = lines;
      const heading = parseHeading(first);
      if (heading !== null) {
        const rest = lines.slice(1).join('\n');
        return rest === '' ? [heading] : [heading, ...parseMarkdown(rest)];
      }
      if (first.startsWith('|')) {
        const rows = lines.slice(2).map(parseCells);
        return [{ type: 'table', head: parseCells(first), rows }];
      }
      if (lines.every((line) => line.startsWith('- '))) {
        return [{ type: 'list', entries: lines.map((line) => parseInline(line.slice(2))) }];
      }
      return [{ type: 'paragraph', content: parseInline(lines.join('\n')) }];
    });
}
