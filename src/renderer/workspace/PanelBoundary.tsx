import type { ReactNode } from 'react';
import { Component } from 'react';
import { Button } from '../widgets/Button.tsx';
import { PanelMessage } from '../widgets/PanelMessage.tsx';

/** In the words of browsers; what once failed to come is not asked for again before the next page. */
const isNotLoaded = /dynamically imported module|importing a module script|preload CSS/i;

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
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    if (isNotLoaded.test(problem)) {
      return (
        <PanelMessage
          mark="error"
          title={`${this.props.title} could not be loaded`}
          text="Its part of the page did not come. Look whether Truetape still runs, then load the page again."
          action={
            <Button size="small" onClick={() => window.location.reload()}>
              Reload the page
            </Button>
          }
        />
      );
    }
    return (
      <PanelMessage
        mark="error"
        title={`${this.props.title} stopped`}
        text={problem}
        action={
          <Button size="small" onClick={() => this.setState({ problem: null })}>
            Start it again
          </Button>
        }
      />
    );
  }
}
