import './panels.css';

export type Fact = readonly [name: string, value: string, title?: string];

/** A longer text takes a whole line. */
const widest = 36;

/** Names and values in as many columns as there is room for. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts num">
      {facts.map(([name, value, title]) => (
        <div key={name} title={title} data-wide={value.length > widest}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
