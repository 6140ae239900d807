import type { Page } from '@playwright/test';

/** What a window says, place by place, each text as it stands there. */
export type ShownTexts = Readonly<Record<string, readonly string[]>>;

/** Everything that is written in the panels and the pulse bar: on canvases too, where panels say what they painted. */
export function readShownTexts(page: Page): Promise<ShownTexts> {
  return page.evaluate(readTexts);
}

/** Runs in the page. */
function readTexts(): ShownTexts {
  // How late the engine's own loop is tells of this process, not of the market.
  const ofProcess = /^p99 [\d,.]+ ms(, stood still .*)?$/;
  const linesOf = (root: HTMLElement): readonly string[] =>
    root.innerText
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !ofProcess.test(line));
  // Rows of a grid stand in the document as they came, not as they are seen.
  const rowOf = (row: HTMLElement): string =>
    [...row.querySelectorAll<HTMLElement>('[col-id]')]
      .map((cell) => `${cell.getAttribute('col-id')} ${linesOf(cell).join(' ')}`)
      .toSorted()
      .join(', ');
  const textsOf = (root: HTMLElement): readonly string[] => {
    if (root.hasAttribute('row-id')) return [`${root.getAttribute('row-id')}: ${rowOf(root)}`];
    if (root.querySelector('[row-id]') === null) return linesOf(root);
    const inner = [...root.children].filter((child) => child instanceof HTMLElement);
    const texts = inner.flatMap(textsOf);
    return inner.some((child) => child.hasAttribute('row-id')) ? texts.toSorted() : texts;
  };
  // How often this page has painted, and how wide a fact is.
  const ofPage = ['data-updates', 'data-set-data', 'data-wide'];
  const painted = (root: Element): readonly string[] =>
    [root, ...root.querySelectorAll('*')].flatMap((element) =>
      [...element.attributes]
        .filter(({ name }) => name.startsWith('data-') && !ofPage.includes(name))
        .map(({ name, value }) => `${name}=${value}`),
    );
  const places: Record<string, readonly string[]> = {};
  for (const name of ['pulse-bar', 'replay-facts']) {
    const place = document.querySelector<HTMLElement>(`.${name}`);
    if (place !== null) places[name] = [...textsOf(place), ...painted(place)];
  }
  for (const panel of document.querySelectorAll<HTMLElement>('.panel-frame[data-panel]')) {
    const { panel: name = 'unknown' } = panel.dataset;
    places[name] = textsOf(panel);
    places[`${name}, painted`] = painted(panel);
  }
  return places;
}
