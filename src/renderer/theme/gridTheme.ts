import type { Theme } from 'ag-grid-community';
import { themeQuartz } from 'ag-grid-community';
import './grid.css';

/** ag-grid in the tokens: rows and header 24, no lines, the selected row on `selected`. */
export function gridTheme(scale: number, comfortable: boolean): Theme {
  return themeQuartz.withParams({
    spacing: 4 * scale,
    rowHeight: (comfortable ? 32 : 24) * scale,
    headerHeight: (comfortable ? 26 : 24) * scale,
    fontFamily: 'var(--font-ui)',
    fontSize: '1.2rem',
    headerFontSize: '1.1rem',
    headerFontWeight: 450,
    backgroundColor: 'var(--panel)',
    foregroundColor: 'var(--ink-1)',
    headerBackgroundColor: 'var(--panel)',
    headerTextColor: 'var(--ink-3)',
    rowHoverColor: 'var(--hover)',
    selectedRowBackgroundColor: 'var(--selected)',
    oddRowBackgroundColor: 'var(--panel)',
    accentColor: 'var(--accent)',
    borderColor: 'var(--line-subtle)',
    wrapperBorder: false,
    rowBorder: false,
    columnBorder: false,
    headerRowBorder: false,
    headerColumnBorder: false,
    headerColumnResizeHandleColor: 'transparent',
    wrapperBorderRadius: 0,
    cellHorizontalPadding: 0,
    focusShadow: 'inset 0 0 0 2px var(--accent)',
  });
}
