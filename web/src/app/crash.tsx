import { Component, type ReactNode } from 'react';
import { CrashScreen } from '../screens/status/crash';

/**
 * Catches what no screen caught. Nothing is logged or sent: an error's text may hold content. What the person wrote is in the store; a reload brings it back.
 */
export class CrashBoundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error ? <CrashScreen error={this.state.error} /> : this.props.children;
  }
}
