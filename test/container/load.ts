import { type ClientRequest, type IncomingMessage, request } from "node:http";

/** One request and what came of it. Times are of performance.now(). */
export interface Asked {
  readonly began: number;
  readonly status: number | undefined;
  /** What of the answer's body came. */
  readonly body: string;
  /** Why there is no whole answer. */
  readonly error: string | undefined;
}

/** A slow request that is under way. */
export interface InFlight {
  /** The first bytes of the answer have come. */
  readonly begun: Promise<void>;
  readonly end: Promise<Asked>;
}

/** Asks for a page, on a connection of its own. Never rejects. */
export function ask(url: string): InFlight {
  const began = performance.now();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const end = new Promise<Asked>((resolve) => {
    let status: number | undefined;
    let body = "";
    const done = (error?: string): void => resolve({ began, status, body, error });
    const asked: ClientRequest = request(url, { agent: false }, (response: IncomingMessage) => {
      status = response.statusCode;
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
        begin();
      });
      response.on("end", () => done());
      response.on("error", ({ message }) => done(message));
    });
    asked.on("error", ({ message }) => done(message));
    asked.end();
  });
  return { begun, end };
}

/** Asks again and again, a few at a time, until it is told to stop. */
export class Load {
  readonly #url: string;
  readonly #results: Asked[] = [];
  readonly #loops: Promise<void>[];
  #stopped = false;
  #answered: (() => void)[] = [];

  constructor(url: string, atATime = 4) {
    this.#url = url;
    this.#loops = Array.from({ length: atATime }, () => this.#loop());
  }

  /** How many have been answered. */
  get count(): number {
    return this.#results.length;
  }

  /** Resolves when so many more have been answered. */
  async more(count: number): Promise<void> {
    const goal = this.count + count;
    while (this.count < goal && !this.#stopped)
      await new Promise<void>((resolve) => {
        this.#answered.push(resolve);
      });
  }

  /** Begins no more. @returns all, when the last has its end. */
  async stop(): Promise<readonly Asked[]> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    return this.#results;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const asked = await ask(this.#url).end;
      this.#results.push(asked);
      for (const tell of this.#answered.splice(0)) tell();
      // Nobody listens any more: not a million times a second.
      if (asked.error !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
