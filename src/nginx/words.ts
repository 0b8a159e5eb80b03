/**
 * What NGINX said, each thing once and alike: to a terminal it writes `nginx: [emerg] …`, to a log
 * `2026/01/31 12:00:00 [emerg] 123#123: …`. That a test failed or went well is left out.
 */
export function nginxWords(output: string): string[] {
  const lines = output
    .split("\n")
    .map((line) => line.replace(/^[\d/]+ [\d:]+ (\[\w+\]) \d+#\d+: (?:\*\d+ )?/, "nginx: $1 ").trimEnd())
    .filter((line) => line !== "" && !/^nginx: (?:the )?configuration file .* (?:test|syntax) /.test(line));
  return [...new Set(lines)];
}
