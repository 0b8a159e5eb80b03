import { exitStatus } from "../../src/options/exit-status.ts";

/** The text of docs/exit-statuses.md. */
export function exitStatusPage(): string {
  const rows = Object.values(exitStatus).map(({ status, text }) => `| ${status} | ${text} |`);
  return `<!-- Written by scripts/pages.ts from src/options/exit-status.ts: edit that. -->

# Exit statuses

What \`portico\` says with its exit status. With \`--daemonize\` it is said by the command that was typed, once
the daemon has started or failed to.

| status | meaning |
| --- | --- |
${rows.join("\n")}
`;
}
