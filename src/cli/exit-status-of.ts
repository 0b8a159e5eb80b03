import { ListenError } from "../listener/listen-error.ts";
import { CompanionError } from "../master/companion.ts";
import { InterpreterError } from "../master/interpreter.ts";
import { UserError } from "../master/user.ts";
import { SiteError } from "../nginx/site-error.ts";
import { ConfigError } from "../options/config.ts";
import { NotRunningError, UsageError } from "./program.ts";

/** What an error means for the exit status (docs/exit-statuses.md), and what people are told. */
export function exitStatusOf(error: unknown): { message: string; status: number } {
  if (!(error instanceof Error)) return { message: String(error), status: 70 };
  if (
    error instanceof ConfigError ||
    error instanceof UsageError ||
    error instanceof UserError ||
    error instanceof InterpreterError ||
    error instanceof SiteError
  )
    return { message: error.message, status: 2 };
  if (error instanceof ListenError) return { message: error.message, status: 3 };
  if (error instanceof CompanionError) return { message: error.message, status: 1 };
  if (error instanceof NotRunningError) return { message: error.message, status: 4 };
  return { message: `internal error, please report it: ${error.stack ?? error.message}`, status: 70 };
}
