import { GOALS, verdict } from "../goals.ts";
import { METRICS, type MetricId } from "../metrics.ts";
import { byRound, type Results, type Summary, summary } from "../results.ts";

type Workload = Results["workloads"][number];

/** The report: goals, then a table and a plot for each workload, then what was absent and how it was measured. */
export function markdown(results: Results): string {
  return [
    "# Results",
    ...(results.smoke ? ["**A smoke run: too short, or its machine too busy, to be quoted.**"] : []),
    `Written by \`bench/run.sh\` from \`results.json\`: median of ${results.rounds} rounds [least–most]. ` +
      "Figures drift with the machine; compare the rows of one run.",
    `${results.date.slice(0, 16).replace("T", " ")} UTC · ${results.machine} · ` +
      `${results.seconds} s of load for a sample · ${results.minutes.toFixed(0)} min`,
    Object.entries(results.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(" · "),
    goals(results),
    ...results.workloads.map((workload) => section(results, workload)),
    absent(results),
    HOW,
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function goals(results: Results): string {
  const rows = GOALS.map((goal) => verdict(results, goal)).filter(({ met }) => met !== "not measured");
  if (rows.length === 0) return "";
  return [
    "## Goals",
    "A round's comparison is made of that round's two figures; this is the median of the rounds. CPU per request unless said otherwise.",
    table(
      ["goal", "wanted", "moonshot", "measured", ""],
      rows.map(({ goal, measured, met }) => {
        const sign = goal.want === "at most" ? "≤" : "≥";
        const unit = goal.unit ?? "";
        const digits = goal.unit ? 1 : 2;
        return [
          goal.about,
          `${sign} ${goal.goal}${unit}`,
          goal.moonshot === undefined ? "" : `${sign} ${goal.moonshot}${unit}`,
          spread(measured!, digits, unit),
          met === "not met" ? "**not met**" : met === "goal" ? "met" : "moonshot",
        ];
      }),
    ),
  ].join("\n\n");
}

function section(results: Results, workload: Workload): string {
  const metrics = workload.metrics.filter((metric) =>
    workload.peers.some((peer) => byRound(results, workload.id, peer, metric).size > 0),
  );
  const rows = workload.peers
    .filter((peer) => byRoundAny(results, workload, peer))
    .map((peer) => [peer, ...metrics.map((metric) => cell(results, workload, peer, metric))]);
  const invalid = results.samples.filter((sample) => sample.workload === workload.id && sample.invalid);
  return [
    `## ${workload.title}`,
    workload.about,
    rows.length > 0
      ? table(["", ...metrics.map((metric) => METRICS[metric].title)], rows)
      : "No round counts.",
    ...(rows.length > 0 ? [`![${workload.title}](plots/${workload.id}.svg)`] : []),
    ...(invalid.length > 0
      ? [
          `Does not count:\n\n${invalid
            .map(({ peer, round, invalid }) => `- ${peer}, round ${round}: ${plain(invalid!)}`)
            .join("\n")}`,
        ]
      : []),
  ].join("\n\n");
}

function byRoundAny(results: Results, { id, metrics }: Workload, peer: string): boolean {
  return metrics.some((metric) => byRound(results, id, peer, metric).size > 0);
}

function cell(results: Results, { id }: Workload, peer: string, metric: MetricId): string {
  const figure = summary([...byRound(results, id, peer, metric).values()]);
  return figure ? spread(figure, METRICS[metric].digits) : "";
}

/** `12.1 [11.9–12.6]`. */
function spread({ median, least, most }: Summary, digits: number, unit = ""): string {
  const text = (value: number): string =>
    digits === 0 ? Math.round(value).toLocaleString("en") : value.toFixed(digits);
  return `${text(median)}${unit} [${text(least)}–${text(most)}]`;
}

function absent({ absent }: Results): string {
  const names = Object.entries(absent);
  if (names.length === 0) return "";
  return `## Not measured here\n\n${names.map(([name, reason]) => `- ${name}: ${plain(reason)}`).join("\n")}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** Text of a program as text of Markdown, one line, without the places of this machine. */
function plain(text: string): string {
  return text
    .replace(/[|\n]/g, " ")
    .replace(/(?:\/[\w.-]+){2,}\//g, "…/")
    .slice(0, 300);
}

const HOW = `## How

- **CPU**: user and system time of all processes of the server (master, router and daemon too), from \`/proc/PID/stat\`, over the requests that \`wrk\` counted. What they used for children that went away counts.
- **Memory**: \`/proc/PID/smaps_rollup\` after the load; own is \`Private_*\` (USS), with its share is \`Pss\`. Of several workers the middle one.
- **Load**: \`wrk\`, one thread, held to the last processor; servers of one worker are held to the others. It asks again as soon as it is answered, so latency is that of a full server, and a server that is slower is asked less. A row in which any request failed does not count.
- **In turn**: in each round all servers of a table are up, one at a time is asked, and each round begins with another. Memory, first answers, idle connections and reloads are taken of one server at a time.
- **Python** is Debian's, which Debian's uWSGI has inside, with one virtual environment for all.
- **Set up** as its own documentation advises: \`NODE_ENV=production\`, no access log anywhere; srvx with its FastResponse, Fastify without a schema for the response (its serializer is slower here than JSON.stringify), gunicorn with its fast parser (gunicorn_h1c), uWSGI with what "Things to know" lists. Apps are the same files, or the same text where a framework wants its own form (\`apps/\`).`;
