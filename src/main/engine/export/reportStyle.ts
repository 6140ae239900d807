/** Dark ink on white, for A4 and for a window; nothing rests on color alone. */
export const reportStyle = `
@page { size: A4; margin: 12mm }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 16px; max-width: 190mm; color: #14181d; background: #fff;
  font: 9.5pt/1.4 Inter, system-ui, sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact }
header { border-bottom: 2px solid #14181d; padding-bottom: 4px; margin-bottom: 8px }
h1 { display: inline; font-size: 15pt; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 10.5pt; margin: 10px 0 3px }
p { margin: 2px 0 }
.badge { margin-left: 8px; padding: 1px 6px; border: 1px solid #14181d; border-radius: 3px; font-size: 8.5pt }
.badge.simulated, .badge.imported { border-style: dashed }
.warning { border-left: 3px solid #b3541e; padding: 2px 6px; background: #fdf3ec }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px; margin: 8px 0 }
.cards div { border: 1px solid #cfd5dc; border-radius: 3px; padding: 3px 6px }
dt { font-size: 8pt; color: #4b5560 }
dd { margin: 0; font-size: 12pt; font-variant-numeric: tabular-nums }
figure { margin: 4px 0; break-inside: avoid }
figcaption, .empty, footer { font-size: 8pt; color: #4b5560 }
svg { display: block; width: 100%; height: auto }
svg text { font: 8px Inter, system-ui, sans-serif; fill: #4b5560 }
.bar { fill: #3d6fb4 } .line { fill: none; stroke: #14181d; stroke-width: 1 } .dot { fill: #14181d }
.axis { stroke: #98a2ad; stroke-width: 0.7 } .none { fill: #eceff2 }
.gap { fill: #d98a5b; fill-opacity: 0.35; stroke: #b3541e; stroke-width: 0.5; stroke-dasharray: 2 2 }
table { width: 100%; border-collapse: collapse; font-size: 8pt; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600; border-bottom: 1px solid #14181d; padding: 1px 6px 1px 0 }
td { border-bottom: 1px solid #e3e7eb; padding: 1px 6px 1px 0; vertical-align: top; overflow-wrap: anywhere }
tr { break-inside: avoid }
footer { margin-top: 10px; border-top: 1px solid #cfd5dc; padding-top: 3px }
@media print { body { padding: 0 } }
`;
