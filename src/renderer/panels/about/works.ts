/** Works whose code or shapes are in the page, with the license that they are under. */
export const works = [
  {
    name: 'Lightweight Charts',
    license: 'Apache-2.0',
    holder: 'TradingView, Inc.',
  },
  { name: 'React', license: 'MIT', holder: 'Meta Platforms, Inc. and affiliates' },
  { name: 'dockview', license: 'MIT', holder: 'mathuo' },
  { name: 'AG Grid Community', license: 'MIT', holder: 'AG GRID LTD' },
  { name: 'zustand', license: 'MIT', holder: 'Paul Henschel' },
  { name: 'cmdk', license: 'MIT', holder: 'Paco Coursey' },
  { name: 'Radix Primitives', license: 'MIT', holder: 'WorkOS' },
  { name: 'Valibot', license: 'MIT', holder: 'Fabian Hiller' },
  {
    name: 'Lucide icons',
    license: 'ISC, parts MIT',
    holder: 'Lucide Contributors; Feather, Cole Bemis',
  },
  { name: 'Inter', license: 'OFL-1.1', holder: 'The Inter Project Authors' },
  { name: 'JetBrains Mono', license: 'OFL-1.1', holder: 'The JetBrains Mono Project Authors' },
] as const;
