import { blockOf } from "./block.ts";
import { comment, quote } from "./quote.ts";
import type { Block, Site } from "./site.ts";

/** Every site file that Portico writes begins with these words; one that does not is somebody's own. */
export const WRITTEN_BY = "# Written by Portico";

/** The site as an NGINX file, the same text for the same site. */
export function printSite(site: Site): string {
  const sections = [header(site), ...site.http, server(site), ...site.others];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function header(site: Site): string[] {
  const from = site.file === undefined ? "" : ` from ${comment(site.file)}`;
  return [
    `${WRITTEN_BY}${from}. The next \`portico up\` or \`portico nginx install\` writes it`,
    "# anew: change the [nginx] section of the ini, or put directives into a file that it includes.",
  ];
}

function server(site: Site): Block {
  const names = [
    ...site.listen.map((words) => `listen ${words.map(quote).join(" ")};`),
    `server_name ${site.serverNames.map(quote).join(" ")};`,
  ];
  return blockOf("server", [names, ...site.server]);
}
