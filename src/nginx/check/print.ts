import type { Finding, Severity } from "./finding.ts";

/** Findings as people read them: a paragraph each, the lines to write indented. */
export function printFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ severity, rule, file, line, what, why, write }) =>
      [
        `${file}:${line}: ${severity}: ${what} [${rule}]`,
        `    ${why}`,
        ...(write.length === 0 ? [] : ["    write:", ...write.map((text) => `        ${text}`)]),
      ].join("\n"),
    )
    .join("\n\n");
}

/** "1 error, 2 warnings, 3 pieces of advice"; "nothing wrong" where there are none. */
export function summary(findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const part = (n: number, one: string, more: string): string[] =>
    n === 0 ? [] : [`${n} ${n === 1 ? one : more}`];
  const parts = [
    ...part(count("error"), "error", "errors"),
    ...part(count("warning"), "warning", "warnings"),
    ...part(count("advice"), "piece of advice", "pieces of advice"),
  ];
  return parts.length === 0 ? "nothing wrong" : parts.join(", ");
}
