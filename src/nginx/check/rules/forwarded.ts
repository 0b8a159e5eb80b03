import { at, type Finding, type Rule } from "../finding.ts";
import { type Pass, passesIn } from "../passes.ts";
import { inForce, type Node } from "../tree.ts";

/** Who asked, and for which host: what an app believes must be NGINX's words and no client's. */
export const forwarded: Rule = (nodes) => {
  const told = new Set<Node>();
  return passesIn(nodes).flatMap((pass) => [
    ...(pass.module === "proxy" ? missing(pass) : []),
    ...fromOutside(pass, told),
  ]);
};

const WANTED = [
  ["Host", "$host", "the app sees the upstream's name: absolute links and host checks break"],
  ["X-Forwarded-For", "$proxy_add_x_forwarded_for", "a client can say itself who it is"],
  ["X-Forwarded-Proto", "$scheme", "a client can say itself that it came by https"],
] as const;

function missing({ node, block, target }: Pass): Finding[] {
  // Somebody else's site is asked for by its own name.
  if (!/^(unix:|localhost|127\.|\[::1\])/.test(target) && /[.$]/.test(target)) return [];
  const set = new Set(inForce(block, "proxy_set_header").map(({ args }) => args[0]?.toLowerCase()));
  const lacking = WANTED.filter(([name]) => !set.has(name.toLowerCase()));
  if (lacking.length === 0) return [];
  return [
    at(
      node,
      "warning",
      "forwarded",
      `proxying without ${lacking.map(([name]) => name).join(", ")}`,
      lacking.map(([name, , why]) => `without ${name} ${why}`).join("; "),
      lacking.map(([name, value]) => `proxy_set_header ${name} ${value};`),
    ),
  ];
}

/** `$http_x_forwarded_for` and the like as the value of what is to be trusted. */
function fromOutside({ block, module }: Pass, told: Set<Node>): Finding[] {
  const directive = module === "proxy" || module === "grpc" ? `${module}_set_header` : `${module}_param`;
  return inForce(block, directive).flatMap((node): Finding[] => {
    const [name = "", value = ""] = node.args;
    const header = name.replace(/^HTTP_/, "").replaceAll("_", "-");
    const own = /^(x-forwarded-(for|proto|host|port)|x-real-ip|forwarded|remote-addr|remote-user)$/i;
    if (told.has(node) || !own.test(header) || !/^"?\$http_/.test(value)) return [];
    told.add(node);
    return [
      at(
        node,
        "error",
        "from-outside",
        `${name} is taken from the client: ${value}`,
        "whoever sends that header is believed; behind a load balancer, set_real_ip_from with its address makes $remote_addr the client's",
        [
          `${directive} ${name} ${/proto/i.test(header) ? "$scheme" : /host/i.test(header) ? "$host" : "$remote_addr"};`,
        ],
      ),
    ];
  });
}
