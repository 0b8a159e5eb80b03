/** What an exit status of `portico` means, for the reference page and for whoever exits. */
export interface ExitStatusEntry {
  readonly status: number;
  readonly text: string;
}

/** The one table of exit statuses. */
export const exitStatus = {
  ok: { status: 0, text: "Done, or stopped as asked." },
  failed: {
    status: 1,
    text: "It failed while running: the app could not be loaded, or every worker failed.",
  },
  usage: { status: 2, text: "The command line or the configuration cannot be used; nothing was started." },
  cannotBind: {
    status: 3,
    text: "A listener could not be bound: its address is in use, or binding it is not permitted.",
  },
  notRunning: { status: 4, text: "`status`, `stop` or `reload` found no running instance." },
  reloadRefused: {
    status: 5,
    text: "The reload was refused, since the new workers did not become ready; the old ones go on.",
  },
  checkFailed: { status: 6, text: "`portico nginx check` found errors; warnings and advice alone are 0." },
  internal: { status: 70, text: "An error inside Portico; please report it (EX_SOFTWARE of sysexits.h)." },
} as const satisfies Readonly<Record<string, ExitStatusEntry>>;

export type ExitStatus = keyof typeof exitStatus;
