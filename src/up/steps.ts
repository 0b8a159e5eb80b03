import type { StepResult } from "../nginx/steps.ts";

/** How one step of `portico up` went; those that do not apply here are "skipped", and the detail says why. */
export interface StepReport {
  readonly step: string;
  readonly outcome: StepResult["outcome"] | "skipped";
  readonly detail: string;
  readonly ms: number;
}

/** What shows the steps: a line each, and on a terminal something that moves while one runs. */
export interface StepView {
  begin(step: string): void;
  end(report: StepReport): void;
}

/** Runs one step and shows it. An error is a failed step: its message is the detail. */
export async function runStep(
  step: string,
  view: StepView,
  act: () => Promise<Omit<StepReport, "step" | "ms">>,
): Promise<StepReport> {
  const began = performance.now();
  view.begin(step);
  let result: Omit<StepReport, "step" | "ms">;
  try {
    result = await act();
  } catch (error) {
    result = { outcome: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
  const report = { step, ...result, ms: performance.now() - began };
  view.end(report);
  return report;
}

/** What was found in the app is told with the step that writes the site, a line each. */
export function withFound<Result extends { readonly step: string; readonly detail: string }>(
  result: Result,
  found: readonly string[],
): Result {
  if (result.step !== "site file" || found.length === 0) return result;
  return { ...result, detail: [result.detail, ...found.map((line) => `found: ${line}`)].join("\n") };
}

const MARKS = { done: "✓", unchanged: "=", skipped: "-", failed: "✗" };
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Milliseconds between two frames of the wheel. */
const FRAME = 80;
const NAME_WIDTH = 15;

/** @param terminal whether a person looks on: then a running step has a turning wheel and its seconds. */
export function stepView(out: (text: string) => void, terminal: boolean): StepView {
  let wheel: NodeJS.Timeout | undefined;
  return {
    begin(step) {
      if (!terminal) return;
      // A step may pass into the next unshown.
      clearInterval(wheel);
      const began = performance.now();
      const draw = (): void => {
        const elapsed = performance.now() - began;
        const seconds = elapsed > 1000 ? `${Math.floor(elapsed / 1000)} s` : "";
        out(
          `\r\x1b[K${FRAMES[Math.floor(elapsed / FRAME) % FRAMES.length]} ${step.padEnd(NAME_WIDTH)} ${seconds}`,
        );
      };
      draw();
      wheel = setInterval(draw, FRAME);
    },
    end({ step, outcome, detail, ms }) {
      clearInterval(wheel);
      if (terminal) out("\r\x1b[K");
      const [first = "", ...rest] = detail.split("\n");
      const duration = ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
      out(
        `${MARKS[outcome]} ${step.padEnd(NAME_WIDTH)} ${duration.padStart(7)}  ${outcome}${first === "" ? "" : `: ${first}`}\n`,
      );
      for (const line of rest) out(`    ${line}\n`);
    },
  };
}
