import { get } from "node:http";

/** Healthy: the app answers through NGINX, with whatever status but a server's error. */
const URL = process.env["HEALTHCHECK_URL"] ?? "http://127.0.0.1:5000/";

get(URL, { headers: { "user-agent": "healthcheck" } }, ({ statusCode = 0 }) => {
  console.log(`${URL} answers ${statusCode}`);
  process.exit(statusCode < 500 ? 0 : 1);
}).on("error", ({ message }) => {
  console.log(`${URL} does not answer: ${message}`);
  process.exit(1);
});
