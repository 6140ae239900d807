import type { ReactNode } from 'react';
import { useEffect, useMemo, useRef, useState } from 'react';
import * as v from 'valibot';
import troubleshooting from '../../../../docs/troubleshooting.md?raw';
import type { PanelProps } from '../../workspace/panel.ts';
import type { Block, Inline } from './parseMarkdown.ts';
import { parseMarkdown } from './parseMarkdown.ts';
import './help.css';

const optionsSchema = v.object({
  section: v.string(),
  /** When it was asked for: the same section may be asked for again after scrolling away. */
  asked: v.number(),
});

type Heading = Extract<Block, { type: 'heading' }>;

interface GoTo {
  (section: string): void;
}

function Words({ content, goTo }: { readonly content: readonly Inline[]; readonly goTo: GoTo }) {
  return content.map((part, index): ReactNode => {
    switch (part.type) {
      case 'text':
        return part.text;
      case 'strong':
        return <strong key={index}>{part.text}</strong>;
      case 'code':
        return <code key={index}>{part.text}</code>;
      case 'link':
        return part.target.startsWith('#') ? (
          <button
            key={index}
            type="button"
            className="help-link"
            onClick={() => goTo(part.target.slice(1))}
          >
            {part.text}
          </button>
        ) : (
          part.text
        );
      default:
        return part satisfies never;
    }
  });
}

function BlockOf({ block, goTo }: { readonly block: Block; readonly goTo: GoTo }) {
  switch (block.type) {
    case 'heading': {
      const Level = block.level === 1 ? 'h2' : block.level === 2 ? 'h3' : 'h4';
      return (
        <Level data-section={block.anchor} tabIndex={-1}>
          {block.text}
        </Level>
      );
    }
    case 'paragraph':
      return (
        <p>
          <Words content={block.content} goTo={goTo} />
        </p>
      );
    case 'list':
      return (
        <ul>
          {block.entries.map((entry, index) => (
            <li key={index}>
              <Words content={entry} goTo={goTo} />
            </li>
          ))}
        </ul>
      );
    case 'table':
      return (
        <table>
          <thead>
            <tr>
              {block.head.map((cell, index) => (
                <th key={index}>
                  <Words content={cell} goTo={goTo} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {block.rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={column}>
                    <Words content={cell} goTo={goTo} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    default:
      return block satisfies never;
  }
}

function Contents({
  headings,
  chosen,
  goTo,
}: {
  readonly headings: readonly Heading[];
  readonly chosen: string | null;
  readonly goTo: GoTo;
}) {
  return (
    <nav className="help-contents" aria-label="Sections">
      {headings.map((heading) => (
        <button
          key={heading.anchor}
          type="button"
          data-level={heading.level}
          aria-current={heading.anchor === chosen}
          onClick={() => goTo(heading.anchor)}
        >
          {heading.text}
        </button>
      ))}
    </nav>
  );
}

/** The troubleshooting page that ships with this version; it needs no network and opens at the section asked for. */
export function HelpPanel({ savedOptions, saveOptions }: PanelProps) {
  const blocks = useMemo(() => parseMarkdown(troubleshooting), []);
  const headings = useMemo(
    () => blocks.filter((block): block is Heading => block.type === 'heading' && block.level > 1),
    [blocks],
  );
  const asked = useMemo(() => {
    const result = v.safeParse(optionsSchema, savedOptions);
    return result.success ? result.output : null;
  }, [savedOptions]);
  const page = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);

  useEffect(() => {
    if (asked === null) return;
    const found = [...(page.current?.querySelectorAll<HTMLElement>('[data-section]') ?? [])].find(
      (heading) => heading.dataset['section'] === asked.section,
    );
    setChosen(found === undefined ? null : asked.section);
    found?.scrollIntoView({ block: 'start' });
    found?.focus({ preventScroll: true });
  }, [asked]);

  const goTo = (section: string) => saveOptions({ section, asked: Date.now() });
  return (
    <div className="help">
      <Contents headings={headings} chosen={chosen} goTo={goTo} />
      <div className="help-page" ref={page}>
        {blocks.map((block, index) => (
          <BlockOf key={index} block={block} goTo={goTo} />
        ))}
      </div>
    </div>
  );
}
