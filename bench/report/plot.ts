import { METRICS } from "../metrics.ts";
import { byRound, type Results, summary } from "../results.ts";

const WIDTH = 800;
const LABELS = 310;
const ROW = 26;
const TOP = 56;
/** Room for the figure to the right of the longest bar. */
const RIGHT = 70;

/**
 * A workload's first metric as bars: the median, a whisker from least to most, a dot a round. Portico's
 * bars have a colour of their own.
 * @returns SVG that reads on light and on dark pages; undefined where no round counts.
 */
export function plot(results: Results, workload: Results["workloads"][number]): string | undefined {
  const metric = workload.metrics[0]!;
  const rows = workload.peers.flatMap((peer) => {
    const values = [...byRound(results, workload.id, peer, metric).values()];
    const figure = summary(values);
    return figure ? [{ peer, values, ...figure }] : [];
  });
  if (rows.length === 0) return undefined;
  const most = Math.max(...rows.map((row) => row.most), Number.MIN_VALUE);
  const x = (value: number): number => LABELS + (value / most) * (WIDTH - LABELS - RIGHT);
  const { title, digits } = METRICS[metric];
  const bars = rows.map(({ peer, values, median, least, most }, i) => {
    const y = TOP + i * ROW;
    const middle = y + ROW / 2;
    const kind = /portico/i.test(peer) ? "ours" : "theirs";
    return `<g><title>${escaped(peer)}: ${median.toFixed(digits)} [${least.toFixed(digits)}–${most.toFixed(digits)}]</title>
<text class="label" x="${LABELS - 8}" y="${middle}">${escaped(peer)}</text>
<rect class="${kind}" x="${LABELS}" y="${y + 4}" width="${(x(median) - LABELS).toFixed(1)}" height="${ROW - 8}"/>
<path class="spread" d="M${x(least).toFixed(1)} ${middle}H${x(most).toFixed(1)}"/>
${values.map((value) => `<circle cx="${x(value).toFixed(1)}" cy="${middle}" r="2.5"/>`).join("")}
<text class="value" x="${(x(most) + 8).toFixed(1)}" y="${middle}">${median.toFixed(digits)}</text></g>`;
  });
  const height = TOP + rows.length * ROW + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<style>
text { font: 13px system-ui, sans-serif; dominant-baseline: middle; fill: #1f2328 }
.title { font-weight: 600 } .label { text-anchor: end } .ours { fill: #2f81f7 } .theirs { fill: #9aa4af }
.spread { stroke: #1f2328; stroke-width: 1.5 } circle { fill: #1f2328 }
@media (prefers-color-scheme: dark) { text, circle { fill: #e6edf3 } .spread { stroke: #e6edf3 } .theirs { fill: #6e7681 } }
</style>
<text class="title" x="12" y="18">${escaped(workload.title)}</text>
<text x="12" y="38">${escaped(title)}, ${metric === "rps" ? "more" : "less"} is better</text>
${bars.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
