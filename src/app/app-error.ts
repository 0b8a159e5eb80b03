/**
 * What kept an app from being loaded:
 * - `APP_NOT_FOUND`: the module, or one that it imports, is not there;
 * - `APP_NO_EXPORT`: the module has no export of that name, or none that could be an app;
 * - `APP_NOT_CALLABLE`: the export is there, but nothing that answers requests;
 * - `APP_THREW`: the module threw while it was imported;
 * - `APP_SYNTAX`: the module, or one that it imports, does not parse or link.
 */
export type AppErrorCode =
  | "APP_NOT_FOUND"
  | "APP_NO_EXPORT"
  | "APP_NOT_CALLABLE"
  | "APP_THREW"
  | "APP_SYNTAX";

/** An app that could not be loaded. The message is for people and says what to do; `cause` is what was thrown. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: AppErrorCode;

  constructor(code: AppErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
