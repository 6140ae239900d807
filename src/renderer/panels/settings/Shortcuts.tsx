const shortcuts = [
  ['Ctrl K or Cmd K', 'Search markets, panels and commands'],
  ['Letters', 'Start a search from anywhere'],
  ['F6, Shift F6', 'Next panel, previous panel'],
  ['Ctrl ], Ctrl [', 'Next tab, previous tab of a panel group'],
  ['Arrows', 'Move in a list, a ladder or a tape'],
  ['Enter', 'Choose the market of the focused row'],
  ['Alt 1 to 9', 'Only one venue in the order book'],
  ['Del', 'Remove the focused market from the list'],
  ['Enter, F2, P, Del', 'Replay, rename, pin or delete the chosen session'],
  ['Esc', 'Close what is open on top'],
  ['M', 'Mark this moment'],
  ['Space', 'Replay: play, pause'],
  [', and .', 'Replay: one frame back, one frame on'],
  ['Shift , and Shift .', 'Replay: one second back, one second on'],
  ['[ and ]', 'Replay: previous mark, next mark'],
  ['L', 'Replay: loop from here, to here, end the loop'],
  ['Arrows, Shift arrows', 'Replay: one second, one minute on the timeline'],
  ['+, -, 0', 'Replay: closer, wider, the whole recording on the timeline'],
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
