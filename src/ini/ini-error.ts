import { describeOrigin, type Origin } from "./setting.ts";

/** An ini file that cannot be read as one. The message says where, and is for people. */
export class IniError extends Error {
  override name = "IniError";

  /** `origin`: the setting that is wrong, or the file itself where no line is to blame. */
  constructor(origin: Origin | string, message: string, options?: ErrorOptions) {
    super(`${typeof origin === "string" ? origin : describeOrigin(origin)}: ${message}`, options);
  }
}
