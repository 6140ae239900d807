import type { PanelProps } from '../../workspace/panel.ts';
import type { Why } from '../../workspace/why.ts';

interface WhyTextProps {
  readonly why: Why;
  readonly openHelp: PanelProps['openHelp'];
}

/** The cause, what happens next, and the way to the page that says more. */
export function WhyText({ why, openHelp }: WhyTextProps) {
  return (
    <p className="health-why">
      {why.cause} {why.next}{' '}
      <button type="button" className="health-link" onClick={() => openHelp(why.section)}>
        Why
      </button>
    </p>
  );
}
