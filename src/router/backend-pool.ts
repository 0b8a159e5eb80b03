/** A Python worker's socket, as the router sees it. */
export interface Backend {
  readonly path: string;
  /** Connections open to it. */
  inFlight: number;
  /** Passed over until then, while others can be had: it could not be connected to. Milliseconds, monotonic. */
  restingUntil: number;
}

/** How long a socket that refused is passed over, milliseconds. */
export const REST = 1_000;

const NONE: readonly Backend[] = [];

/** Chooses the backend of a request: the one with the fewest in flight, in turn among equals. */
export class BackendPool {
  readonly #backends: readonly Backend[];
  readonly #maxInFlight: number;
  /** Where the search begins, so that equals take turns. */
  #next = 0;

  /** @param maxInFlight connections to each at a time. */
  constructor(paths: readonly string[], maxInFlight: number) {
    this.#backends = paths.map((path) => ({ path, inFlight: 0, restingUntil: 0 }));
    this.#maxInFlight = maxInFlight;
  }

  /** One that may be given a request; undefined: all are busy. @param now milliseconds, monotonic. */
  free(now: number): Backend | undefined {
    return this.#fewest(now, NONE, this.#maxInFlight);
  }

  /** One for a second try, however busy, since its queue is a socket's backlog; undefined: all were tried. */
  other(now: number, tried: readonly Backend[]): Backend | undefined {
    return this.#fewest(now, tried, Number.POSITIVE_INFINITY);
  }

  /** It could not be connected to. true: it was not resting already. */
  rest(backend: Backend, now: number): boolean {
    const before = backend.restingUntil;
    backend.restingUntil = now + REST;
    return before <= now;
  }

  #fewest(now: number, tried: readonly Backend[], limit: number): Backend | undefined {
    const backends = this.#backends;
    let best: Backend | undefined;
    let bestResting: Backend | undefined;
    let anyAwake = false;
    for (let i = 0; i < backends.length; i++) {
      const backend = backends[(this.#next + i) % backends.length]!;
      if (tried.includes(backend)) continue;
      const awake = backend.restingUntil <= now;
      if (awake) anyAwake = true;
      if (backend.inFlight >= limit) continue;
      if (awake) {
        if (best === undefined || backend.inFlight < best.inFlight) best = backend;
      } else if (bestResting === undefined || backend.inFlight < bestResting.inFlight) bestResting = backend;
    }
    // Those that are awake and busy are waited for; where none is, the others are all there is.
    const chosen = best ?? (anyAwake ? undefined : bestResting);
    if (chosen) this.#next = (backends.indexOf(chosen) + 1) % backends.length;
    return chosen;
  }
}
