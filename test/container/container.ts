import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { podman, ROOT, tryPodman } from "./engine.ts";

/** Milliseconds within which a container that starts is to answer; npm may have to bring packages. */
const START_LIMIT = 60_000;

/** For `Container.run`: the app brings its packages, so that npm has nothing to do. */
export const OWN_PACKAGES = {
  async prepare(app: string): Promise<void> {
    await cp(join(ROOT, "node_modules/hono"), join(app, "node_modules/hono"), { recursive: true });
    const { packages } = JSON.parse(await readFile(join(app, "package-lock.json"), "utf8"));
    delete packages[""];
    await writeFile(join(app, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
  },
};

/** A container with an app of its own, mounted from a temporary directory. */
export class Container implements AsyncDisposable {
  readonly name: string;
  /** The app on the host. */
  readonly app: string;

  private constructor(name: string, app: string) {
    this.name = name;
    this.app = app;
  }

  /** Starts a container on a copy of examples/hello, less its packages. */
  static async run(
    image: string,
    options: {
      readonly flags?: readonly string[];
      /** Of the mount: "ro". */
      readonly mount?: string;
      /** Changes the copy before it is mounted. */
      readonly prepare?: (app: string) => Promise<void> | void;
      readonly command?: readonly string[];
    } = {},
  ): Promise<Container> {
    const app = await mkdtemp(join(tmpdir(), "portico-container-"));
    // As a checkout is: to be read by the workers, who are somebody else.
    chmodSync(app, 0o755);
    await cp(join(ROOT, "examples/hello"), app, {
      recursive: true,
      filter: (source) => !/\/node_modules$|\.(sock|log|pid)$/.test(source),
    });
    await options.prepare?.(app);
    const container = new Container(
      `portico-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
      app,
    );
    const volume = `${app}:/var/www/app${options.mount === undefined ? "" : `:${options.mount}`}`;
    try {
      await podman(
        ...["run", "-d", "--name", container.name, "-p", "127.0.0.1::5000", "-v", volume],
        ...(options.flags ?? []),
        image,
        ...(options.command ?? []),
      );
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
    return container;
  }

  /** Where it answers, on the port that was published; another after each start. */
  async url(): Promise<string> {
    return `http://${await podman("port", this.name, "5000")}/`;
  }

  /** Resolves when the log has the text, all of the log so far. @throws Error where the container ends before. */
  async logged(text: string | RegExp): Promise<string> {
    const follow = spawn("podman", ["logs", "--follow", this.name], { stdio: ["ignore", "pipe", "pipe"] });
    const limit = setTimeout(() => follow.kill(), START_LIMIT);
    try {
      return await new Promise((resolve, reject) => {
        let log = "";
        const more = (part: string): void => {
          log += part;
          if (typeof text === "string" ? log.includes(text) : text.test(log)) resolve(log);
        };
        follow.stdout.setEncoding("utf8").on("data", more);
        follow.stderr.setEncoding("utf8").on("data", more);
        follow.on("close", () => reject(new Error(`The container never logged ${text}:\n${log}`)));
      });
    } finally {
      clearTimeout(limit);
      follow.kill();
      if (follow.exitCode === null && follow.signalCode === null) await once(follow, "exit");
    }
  }

  /** Resolves when both roles are up, for the nth time: the last line of `portico up` is where the app answers. */
  async started(times = 1): Promise<void> {
    await this.logged(new RegExp(`(^http://localhost:5000/\\s*$[\\s\\S]*){${times}}`, "m"));
  }

  exec(...command: string[]): Promise<string> {
    return podman("exec", this.name, ...command);
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await tryPodman("logs", this.name);
    return stdout + stderr;
  }

  /** Waits for the container to end. @returns its exit status. */
  async ended(): Promise<number> {
    return Number(await podman("wait", this.name));
  }

  async exitStatus(): Promise<number> {
    return Number(await podman("inspect", "--format", "{{.State.ExitCode}}", this.name));
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.app, file), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await tryPodman("rm", "--force", "--time", "0", "--volumes", this.name);
    await rm(this.app, { recursive: true, force: true });
  }
}
