import { venues } from '../../../shared/venues.ts';

const tags = venues
  .map(
    ({ id, color: { light } }) => `.tag.${id} { color: ${light.text}; background: ${light.bar}22 }`,
  )
  .join('\n');
const bars = venues
  .map(({ id, color: { light } }) => `.of-${id} { fill: ${light.bar} }`)
  .join('\n');

/** Ink on paper, for A4 and for a window. Hue says venue, source or that data is missing; words and patterns say it too. */
export const reportStyle = `
@page { size: A4; margin: 11mm 12mm }
* { box-sizing: border-box }
html { background: #E5E4DF }
body { margin: 16px auto; padding: 22px 26px; max-width: 800px; color: #191C22; background: #FCFCF9;
  border: 1px solid #D6D4CE; border-radius: 6px; font: 450 12px/16px Inter, "Inter Variable", system-ui, sans-serif;
  font-feature-settings: "calt", "kern"; -webkit-print-color-adjust: exact; print-color-adjust: exact }
header { display: grid; grid-template-columns: 1fr auto; gap: 2px 16px; padding-bottom: 10px; border-bottom: 1px solid #191C22 }
h1 { margin: 0; font-size: 18px; line-height: 24px; font-weight: 600; overflow-wrap: anywhere }
h2 { margin: 14px 0 4px; font-size: 12px; line-height: 16px; font-weight: 600 }
h2 small, figcaption small { color: #61656D; font-size: 11px; font-weight: 450 }
p, dl, dd, figure { margin: 0 }
header p { grid-column: 1 / -1; color: #44484F }
header code { font: 11px/16px "JetBrains Mono", ui-monospace, monospace; overflow-wrap: anywhere }
.badge { align-self: center; padding: 2px 8px; border: 1px solid; border-radius: 5px; font-size: 10px; line-height: 14px;
  font-weight: 600; letter-spacing: .05em }
.badge.live { color: #0D774E }
.badge.simulated { color: #A4398C; background: repeating-linear-gradient(135deg, #A4398C1c 0 6px, transparent 6px 12px) }
.badge.imported { color: #5953B5; border-style: dashed }
.verdict { display: flex; gap: 7px; margin: 10px 0; padding: 6px 10px; border: 1px solid #D6D4CE; border-radius: 5px; background: #F5F4F1 }
.verdict svg { flex: none; width: 10px; height: 16px; fill: none; stroke: #0D774E; stroke-width: 1.4 }
.verdict.missing { border-color: #935602 }
.verdict.missing svg { stroke: #935602 }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); border: 1px solid #E9E8E3; border-width: 1px 0 }
.cards div { padding: 6px 10px 5px; border-left: 1px solid #E9E8E3 }
.cards div:nth-child(4n+1) { border-left: 0; padding-left: 0 }
.cards div:nth-child(n+5) { border-top: 1px solid #E9E8E3 }
dt, figcaption, .note, footer, th { color: #61656D; font-size: 11px; line-height: 14px; font-weight: 450 }
.cards dd b { color: #191C22; font-size: 17px; line-height: 22px; font-weight: 600; letter-spacing: -.012em }
.cards dd { color: #61656D; font-size: 11px }
.cards dd i { display: block; color: #44484F; font-style: normal; line-height: 14px }
.cards, table, svg text, time, .verdict { font-feature-settings: "tnum", "calt", "kern" }
figure { margin-top: 8px; break-inside: avoid }
figcaption { display: flex; justify-content: space-between; gap: 16px; padding-bottom: 2px }
figcaption b { color: #191C22; font-weight: 600 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 24px; break-inside: avoid }
svg { display: block; width: 100%; height: auto }
svg text { font: 450 10px Inter, "Inter Variable", system-ui, sans-serif; fill: #61656D }
svg text.value { fill: #191C22; font-weight: 550 }
.bar { fill: #89867E } .line { fill: none; stroke: #191C22; stroke-width: 1.2; stroke-linejoin: round }
.dot { fill: #191C22 } .axis, .grid { stroke: #D6D4CE; stroke-width: 1 } .grid { stroke: #E9E8E3 }
.unknown { fill: #F5F4F1 } .gap { fill-opacity: 1 } .hatch { stroke: #935602; stroke-width: 1.2 }
.gap-edge { stroke: #935602; stroke-width: .8 }
.mark-line { stroke: #61656D; stroke-width: .8; stroke-dasharray: 2 2 } .mark-own { stroke: #191C22; stroke-dasharray: none }
.track { fill: #EEECE6 } .whisker { stroke: #44484F; stroke-width: 1 }
${bars}
.tag { display: inline-block; width: 20px; margin-right: 5px; border-radius: 3px; font-size: 10px; line-height: 14px; font-weight: 600; text-align: center }
${tags}
table { width: 100%; border-collapse: collapse; font-size: 11px; line-height: 14px }
thead { display: table-header-group }
th { padding: 2px 0 3px 8px; border-bottom: 1px solid #D6D4CE; text-align: right; white-space: nowrap }
td { padding: 2px 0 2px 8px; border-bottom: 1px solid #E9E8E3; text-align: right; vertical-align: baseline; white-space: nowrap }
th.text, td.text { padding-left: 12px; text-align: left }
th:first-child, td:first-child { padding-left: 0; text-align: left }
td:first-child { font-weight: 500 }
td.wide { width: 99%; white-space: normal; overflow-wrap: anywhere }
td small { color: #61656D; font-weight: 450 }
tr, .verdict, .cards { break-inside: avoid }
section { break-inside: auto } .short { break-inside: avoid } .second { break-before: page } h2 { break-after: avoid }
.note { padding: 3px 0 0 }
footer { margin-top: 14px; padding-top: 6px; border-top: 1px solid #D6D4CE; break-inside: avoid }
@media print {
  html, body { background: #fff }
  body { margin: 0; padding: 0; max-width: none; border: 0; font-size: 10.5px; line-height: 14px }
  table, td, th, dt, figcaption, figcaption small, h2 small, .note, footer, .cards dd { font-size: 9.5px; line-height: 12.5px }
  td, th { padding-top: 1.5px; padding-bottom: 1.5px }
  .cards dd b { font-size: 14px; line-height: 18px }
  .tag { line-height: 12px }
  h2 { margin-top: 10px }
}
`;
