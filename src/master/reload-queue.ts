import type { ReloadResult } from "./control.ts";

type Waiter = (result: ReloadResult) => void;

/** Who waits for the reload under way, and who for the one after it. */
export class ReloadQueue {
  #waiting: Waiter[] = [];
  #next: Waiter[] = [];

  /** Resolves with the outcome of the reload that `begin` starts, or of one more where one is under way: that one may be loading what is older than what was just changed. */
  ask(underWay: boolean, begin: () => void): Promise<ReloadResult> {
    return new Promise((resolve) => {
      if (underWay) {
        this.#next.push(resolve);
      } else {
        this.#waiting.push(resolve);
        begin();
      }
    });
  }

  /** Tells those who waited. @returns whether one more was asked for. */
  end(result: ReloadResult): boolean {
    const told = this.#waiting;
    this.#waiting = this.#next;
    this.#next = [];
    for (const waiter of told) waiter(result);
    return this.#waiting.length > 0;
  }
}
