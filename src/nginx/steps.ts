export type StepName = "site file" | "site enabled" | "nginx test" | "nginx reloaded" | "site's own";

/** How one step went. */
export interface StepResult {
  readonly step: StepName;
  readonly outcome: "done" | "unchanged" | "failed";
  /** For people; of a failed step NGINX's own words, what was taken back and what to do. */
  readonly detail: string;
  readonly ms: number;
}

/** Told of the steps as they happen. */
export interface StepReporter {
  began?(step: StepName): void;
  ended?(result: StepResult): void;
}

export interface Step {
  readonly name: StepName;
  /** What was done; undefined outcome: done. Throws to fail. */
  run(): Outcome | Promise<Outcome>;
}

export interface Outcome {
  readonly unchanged?: boolean;
  readonly detail: string;
}

/**
 * Runs the steps in order, up to the first that fails. Then `takeBack` undoes what was changed;
 * what it says is added to the failure.
 */
export async function runSteps(
  steps: readonly Step[],
  takeBack: (failure: unknown) => string | Promise<string>,
  reporter: StepReporter = {},
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    reporter.began?.(step.name);
    const start = performance.now();
    let outcome: StepResult["outcome"];
    let detail: string;
    try {
      const went = await step.run();
      outcome = went.unchanged === true ? "unchanged" : "done";
      detail = went.detail;
    } catch (failure) {
      outcome = "failed";
      const message = failure instanceof Error ? failure.message : String(failure);
      detail = [message, await takeBack(failure)].filter((text) => text !== "").join("\n");
    }
    const result = { step: step.name, outcome, detail, ms: performance.now() - start };
    results.push(result);
    reporter.ended?.(result);
    if (outcome === "failed") break;
  }
  return results;
}
