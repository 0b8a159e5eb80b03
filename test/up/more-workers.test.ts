import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noMachine, onMachine } from "../support/machine.ts";

/** Asks until `asked` says to stop, each time on a new connection: NGINX closes kept ones when it is reloaded. */
const LOAD = `load() {
  while [ ! -e stop ]; do curl -sS -o /dev/null -w '%{http_code}\\n' http://localhost:5000/ 2>&1; done > codes
}
asked() {
  touch stop
  wait $load
  rm stop
  sort codes | uniq -c | sed 's/^ */answers: /'
}
processes() {
  sed -i "/^processes/d; s/^master.*/&\\nprocesses = $1/" hello.ini
}
`;

describe("an update with another number of workers", { skip: noMachine }, () => {
  it("writes the site anew with a socket for each, without a failed request", async (t) => {
    const said = await onMachine(
      t,
      `${LOAD}./start.sh > /dev/null
cd examples/hello
for count in 5 2; do
  processes $count
  load & load=$!
  ./start.sh
  asked
  echo "named: $(grep -c 'server .*hello.[0-9].sock' /etc/nginx/sites-enabled/hello)"
  for socket in $(grep -o '/[^ ]*hello.[0-9].sock' /etc/nginx/sites-enabled/hello); do
    curl -sS --unix-socket $socket http://localhost/ && echo
  done
done
cat /var/log/nginx/error.log
../../bin/portico stop`,
    );
    assert.deepEqual(said.match(/^named: .*/gm), ["named: 5", "named: 2"], said);
    const answers = said.match(/^answers: .*/gm)!;
    assert.equal(answers.length, 2, said);
    for (const line of answers) assert.match(line, /^answers: \d+ 200$/, said);
    assert.equal(said.match(/^Hello, World!$/gm)?.length, 7, said);
    assert.doesNotMatch(said, /\[(error|crit|alert|emerg)\]/);
  });
});
