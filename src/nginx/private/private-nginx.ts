import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { assertAnswers } from "../answers.ts";
import { emergencies, type LogMark, markErrorLog } from "../error-log.ts";
import { explain } from "../explain.ts";
import { masterPid, workersOf } from "../processes.ts";
import { ReloadError, reloadOrStart } from "../reload.ts";
import { findNginx, type Nginx } from "../system.ts";
import { type Candidate, type PrivateFacts, tryOut } from "./lay-out.ts";
import { endLeftover } from "./leftover.ts";
import type { PrivatePlaces } from "./places.ts";

/** Milliseconds for NGINX to come up, and between two looks at it. */
const UP_TIMEOUT = 10_000;
const LOOK_INTERVAL = 10;
/** What Linux gives a process that nobody has given more. */
const USUAL_FILES = 1024;

/** Another program listens where NGINX is to, or this user may not; with what to do about it. */
export class ListenRefusedError extends Error {
  override readonly name = "ListenRefusedError";
}

/** An NGINX of one's own: laid out here, run and kept by the master. */
export class PrivateNginx {
  readonly places: PrivatePlaces;
  readonly #machine: Nginx;
  readonly #user: PrivateFacts["user"];
  #site = "";
  #mark: LogMark = { file: undefined, size: 0 };

  /**
   * @param machine the NGINX of this machine, whose binary, modules and types are used
   * @param user whom its workers are to be, where root starts it
   */
  constructor(machine: Nginx, places: PrivatePlaces, user: PrivateFacts["user"]) {
    this.#machine = machine;
    this.places = places;
    this.#user = user;
  }

  /**
   * Lays it out for a start, once what a dead instance has left is gone.
   * @returns the arguments to run NGINX with, in the foreground
   * @throws Error with NGINX's words on a site that it refuses
   */
  async prepare(site: string, mercy: number): Promise<{ file: string; args: readonly string[] }> {
    await endLeftover(this.places);
    const candidate = await this.#tryOut(site, mercy);
    candidate.commit();
    this.#site = site;
    this.#mark = markErrorLog(this.places.errorLog);
    const { confFile, errorLog } = this.places;
    return { file: this.#machine.binary, args: ["-e", errorLog, "-c", confFile] };
  }

  /**
   * Resolves when it answers on all that the site listens on, or when it has exited.
   * @throws ListenRefusedError, Error with its words
   */
  async ready(exited: AbortSignal): Promise<void> {
    const end = performance.now() + UP_TIMEOUT;
    for (;;) {
      // At once, and not when NGINX gives up: it tries a port five times.
      this.#assertNoEmergency();
      if (exited.aborted) return;
      const master = masterPid(this.places);
      if (master !== undefined && workersOf(master).length > 0) break;
      if (performance.now() > end) throw new Error(`NGINX did not come up within ${UP_TIMEOUT / 1000} s`);
      await delay(LOOK_INTERVAL);
    }
    await assertAnswers(this.#site);
  }

  /**
   * Has NGINX test a changed site.
   * @returns how to bring it into force, without closing a connection in use; undefined: it has not changed
   * @throws Error with NGINX's words
   */
  async change(site: string, mercy: number): Promise<(() => Promise<void>) | undefined> {
    const candidate = await this.#tryOut(site, mercy);
    if (candidate.unchanged) return undefined;
    return async () => {
      const undo = candidate.commit();
      const nginx = findNginx({ binary: this.#machine.binary, confFile: this.places.confFile })!;
      // One that is being started again reads it anyway.
      if (masterPid(this.places) === undefined) return;
      try {
        await reloadOrStart(nginx);
        await assertAnswers(site);
        this.#site = site;
      } catch (error) {
        undo();
        if (!(error instanceof ReloadError && error.keptOld)) await reloadOrStart(nginx);
        throw new Error(this.#explained((error as Error).message), { cause: error });
      }
    };
  }

  #tryOut(site: string, mercy: number): Promise<Candidate> {
    const confPrefix = path.dirname(this.#machine.confFile);
    const mimeTypes = path.join(confPrefix, "mime.types");
    const facts: PrivateFacts = {
      user: this.#user,
      files: openFilesLimit(),
      mercy,
      mimeTypes: existsSync(mimeTypes) ? mimeTypes : undefined,
      modules: existsSync(path.join(confPrefix, "modules-enabled"))
        ? [path.join(confPrefix, "modules-enabled", "*.conf")]
        : [],
    };
    return tryOut(this.#machine, this.places, site, facts);
  }

  #assertNoEmergency(): void {
    const words = emergencies(this.#mark).join("\n");
    if (words === "") return;
    const text = this.#explained(words);
    throw /\bbind\(\) to /.test(words) ? new ListenRefusedError(text) : new Error(text);
  }

  #explained(words: string): string {
    const refused = /bind\(\) to (\S+) failed \(13: Permission denied\)/.exec(words)?.[1];
    if (refused !== undefined)
      return `${words}\n${refused} is for root alone: start as root, or set another listen in [nginx], such as "listen = 8080 default_server".`;
    return explain(words, this.#machine, { file: this.places.siteFile, link: this.places.siteFile });
  }
}

/** How many files a process that this one starts may have open. */
function openFilesLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? USUAL_FILES);
  } catch {
    return USUAL_FILES;
  }
}
