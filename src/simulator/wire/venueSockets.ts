/** What the simulator itself does to all open sockets of one venue. */
export interface VenueSockets {
  readonly size: number;
  closeAll(code: number, reason: string): void;
  terminateAll(): void;
  /** They neither send nor read any more, and stay open. */
  freezeAll(): void;
  pingAll(payload: string): void;
}
