/** What a signal to the master means. Declared here and nowhere else; docs/signals.md tells people. */
export const SIGNALS = {
  SIGTERM: "stop",
  SIGINT: "stop",
  SIGQUIT: "quit",
  SIGHUP: "reload",
  SIGUSR1: "reopen-logs",
  SIGTTIN: "add-worker",
  SIGTTOU: "remove-worker",
} as const satisfies Partial<Record<NodeJS.Signals, string>>;

export type Order = (typeof SIGNALS)[keyof typeof SIGNALS];
