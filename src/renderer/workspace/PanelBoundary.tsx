import type { ReactNode } from 'react';
import { Component } from 'react';
import { Button } from '../widgets/Button.tsx';
import { PanelMessage } from '../widgets/PanelMessage.tsx';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

/** A panel that fails says so in its own frame; the others go on. */
export class PanelBoundary extends Component<Props, { readonly problem: string | null }> {
  override state: { readonly problem: string | null } = { problem: null };

  static getDerivedStateFromError(error: unknown): { problem: string } {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.problem === null) return this.props.children;
    return (
      <PanelMessage
        mark="error"
        title={`${this.props.title} stopped`}
        text={this.state.problem}
        action={
          <Button size="small" onClick={() => this.setState({ problem: null })}>
            Start it again
          </Button>
        }
      />
    );
  }
}
