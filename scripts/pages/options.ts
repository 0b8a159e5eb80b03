import { groups } from "../../src/options/option.ts";
import { type OptionName, optionNames, optionOf } from "../../src/options/table.ts";

/** The text of docs/options.md. */
export function optionsPage(): string {
  const sections = groups.map((group) => {
    const names = optionNames.filter((name) => optionOf(name).group === group);
    return `## ${group}\n\n${names.map(entry).join("\n")}`;
  });
  return `${introduction}\n${contents()}\n${sections.join("\n")}`;
}

const introduction = `<!-- Written by scripts/pages.ts from src/options/table.ts: edit that. -->

# Options

Each option is the same on the command line, in an ini file and in the environment, and has uWSGI's name and
meaning where uWSGI has it:

| where | how |
| --- | --- |
| command line | \`--http-socket :5000\`, \`--http-socket=:5000\`, \`-p 4\`; \`hello.ini\` is \`--ini hello.ini\`, \`hello.ts\` is \`--module hello.ts\` |
| ini file | \`http-socket = :5000\` in \`[uwsgi]\`, or in \`[portico]\`, which uWSGI does not read |
| environment | \`PORTICO_HTTP_SOCKET=:5000\` or \`UWSGI_HTTP_SOCKET=:5000\` |

The command line counts more than the ini file, and the ini file more than the environment. Options that may
be repeated add up. In a name \`_\` is as good as \`-\`.

An ini file may use uWSGI's magic variables (\`%k\` cores, \`%n\` the file's name, \`%d\` its directory, \`%p\` its
path …), \`$(VARIABLE)\`, \`$(VARIABLE:-default)\`, \`@(file)\`, \`%(name)\` for another setting or a variable of
your own, sums such as \`%(%k * 2)\`, \`ini = :section\`, \`ini = other.ini\`, and blocks with \`if-env\`,
\`if-exists\`, \`if-file\`, \`if-dir\`, \`if-hostname\`, their \`if-not-\` forms, \`for\` and \`for-times\`. Comments
stand on lines of their own.

An option of uWSGI that Portico does not have is ignored with a warning. Any other unknown name is an error,
unless some \`%(name)\` refers to it.

**Applied by** says what a changed value needs: a reload, which no request notices, or a restart.
`;

function contents(): string {
  return groups
    .map((group) => {
      const names = optionNames.filter((name) => optionOf(name).group === group);
      return `- ${group}: ${names.map((name) => `[${name}](#${name})`).join(" · ")}\n`;
    })
    .join("");
}

function entry(name: OptionName): string {
  const option = optionOf(name);
  const names = [
    `\`--${name}\``,
    ...(option.flag === undefined ? [] : [`\`-${option.flag}\``]),
    ...(option.aliases ?? []).map((alias) => `\`${alias}\``),
  ];
  const repeats = option.separator === undefined ? "" : ", or several with commas between them";
  const facts = [
    ["Names", names.join(", ")],
    ["Value", option.type.wanted + (option.repeat ? `; may be repeated${repeats}` : "")],
    ["Without a value", option.type.bare === undefined ? undefined : `\`${option.type.bare}\``],
    ["Default", option.default === undefined ? "none" : `\`${option.default}\``],
    ["Relative to", relativeTo[option.relativeTo ?? ""]],
    ["Applied by", option.effect],
  ].filter(([, fact]) => fact !== undefined);
  return `### ${name}

${option.text}

${facts.map(([label, fact]) => `- ${label}: ${fact}`).join("\n")}

\`\`\`ini
${name} = ${option.example}
\`\`\`
`;
}

const relativeTo: Readonly<Record<string, string>> = {
  chdir: "`chdir`",
  cwd: "the directory Portico is started in",
};
