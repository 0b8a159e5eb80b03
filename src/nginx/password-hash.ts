import { spawn } from "node:child_process";

/** Milliseconds: a hash is made to be slow, and takes a fraction of a second. */
const TIMEOUT = 30_000;

/** No program is there that hashes passwords so that NGINX can tell them. */
export class NoHasherError extends Error {
  override readonly name = "NoHasherError";
}

/**
 * Programs that make a salted hash which crypt(3) checks. SHA-512 first: NGINX makes the hash of each request's
 * password anew while all its other connections wait, some 3 ms of it; bcrypt would be 50 ms at its usual cost.
 */
const PROGRAMS: readonly { file: string; args: readonly string[] }[] = [
  { file: "openssl", args: ["passwd", "-6", "-stdin"] },
  { file: "mkpasswd", args: ["--method=sha-512", "--stdin"] },
  // -i: the password comes on stdin; -n: the line goes to stdout; -B: bcrypt.
  { file: "htpasswd", args: ["-niB", "user"] },
];

/**
 * The hash of a password, as NGINX's auth_basic_user_file takes it: "$2y$…" or "$6$…". The password goes to
 * the program that hashes by its stdin, and never by its arguments, which everybody can see.
 * @throws NoHasherError where there is none
 */
export async function hashPassword(password: string, env: NodeJS.ProcessEnv): Promise<string> {
  for (const { file, args } of PROGRAMS) {
    const said = await ask(file, args, password, env);
    const hash = said && /(?:^|:)(\$(?:2[aby]|6)\$[^\s:]+)\s*$/.exec(said)?.[1];
    if (hash) return hash;
  }
  throw new NoHasherError(
    "No program to hash passwords with: portico nginx passwd needs openssl 1.1.1 or newer, or htpasswd: sudo apt-get install openssl",
  );
}

/** What it says; undefined where it is not there or fails. */
function ask(
  file: string,
  args: readonly string[],
  password: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "ignore"], timeout: TIMEOUT });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.once("error", () => resolve(undefined));
    child.once("close", (status) => resolve(status === 0 ? said : undefined));
    // One that ends without reading it is told apart by its status.
    child.stdin.on("error", () => {});
    child.stdin.end(`${password}\n`);
  });
}
