const shortcuts = [
  ['Ctrl K or Cmd K', 'Search markets, panels and commands'],
  ['Letters', 'Start a search from anywhere'],
  ['F6, Shift F6', 'Next panel, previous panel'],
  ['Ctrl ], Ctrl [', 'Next tab, previous tab of a panel group'],
  ['Arrows', 'Move in a list, a ladder or a tape'],
  ['Enter', 'Choose the market of the focused row'],
  ['Alt 1 to 9', 'Only one venue in the order book'],
  ['Del', 'Remove the focused market from the list'],
  ['Esc', 'Close what is open on top'],
] as const;

export function Shortcuts() {
  return (
    <dl className="shortcuts">
      {shortcuts.map(([keys, action]) => (
        <div key={keys}>
          <dt>{action}</dt>
          <dd>
            <kbd>{keys}</kbd>
          </dd>
        </div>
      ))}
    </dl>
  );
}
