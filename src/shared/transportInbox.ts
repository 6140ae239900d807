/**
 * The receiving half that every `BridgeTransport` shares: keeps what arrives before there is a listener, and tells
 * the close exactly once, also to a listener that comes late.
 */
export class TransportInbox {
  private kept: Uint8Array[] = [];
  private messageListener: ((bytes: Uint8Array) => void) | null = null;
  private closeListener: ((reason: string) => void) | null = null;
  private closeReason: string | null = null;

  get isClosed(): boolean {
    return this.closeReason !== null;
  }

  push(bytes: Uint8Array): void {
    if (this.messageListener === null) this.kept.push(bytes);
    else this.messageListener(bytes);
  }

  onMessage(listener: (bytes: Uint8Array) => void): void {
    this.messageListener = listener;
    const kept = this.kept;
    this.kept = [];
    for (const bytes of kept) listener(bytes);
  }

  onClose(listener: (reason: string) => void): void {
    this.closeListener = listener;
    if (this.closeReason !== null) listener(this.closeReason);
  }

  close(reason: string): void {
    if (this.closeReason !== null) return;
    this.closeReason = reason;
    this.kept = [];
    this.closeListener?.(reason);
  }
}
