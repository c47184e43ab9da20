import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { plainAgentConfig, plainTemplate } from "../../src/dev/agent-config.ts";
import { AGENT_CONFIG_VARIABLE, type AgentConfig } from "../../src/engines/native/agent-config.ts";

const CREDENTIALS = "database/creds/app";

/** What of Vault the agent calls until its files are there. */
const ANSWERS: Readonly<Record<string, object>> = {
  "/v1/auth/kubernetes/login": {
    auth: { client_token: "token", accessor: "accessor", lease_duration: 3600, renewable: true },
  },
  [`/v1/${CREDENTIALS}`]: {
    lease_id: `${CREDENTIALS}/1`,
    lease_duration: 3600,
    renewable: true,
    data: { username: "app", password: "password" },
  },
};

/**
 * The same seed and no threads give the same bytes for the same source, so that the image stays reproducible.
 * Neither is among the settings by which V8 refuses a cache.
 */
const REPRODUCIBLE = ["--random-seed=1", "--predictable"];

/** What most templates are like. */
const PLAIN = `{{ with secret "${CREDENTIALS}" }}{{ .Data.username }}:{{ .Data.password }}{{ end }}`;

/** Functions that need packages of their own, which few templates use. */
const UNUSUAL = `{{ "a" | toYAML }}{{ "a: [b]" | parseYAML }}{{ "a" | regexMatch "^[a-z]+$" }}`;

/** A pod with a template and a directory of PostgreSQL files; the login is not tried, as no server is there. */
function configuration(directory: string, vaultAddress: string, template: string): AgentConfig {
  return {
    ...plainAgentConfig(directory, vaultAddress),
    templates: [plainTemplate(directory, "template", template)],
    postgres: [
      {
        name: "db",
        path: CREDENTIALS,
        directory: join(directory, "secrets", "db"),
        url: "postgresql://db.example:5432/app",
        verify: false,
        verifyFailure: "keep",
      },
    ],
  };
}

async function runAgent(bundles: string, directory: string, config: AgentConfig): Promise<void> {
  const script = join(import.meta.dirname, "warm-up.ts");
  const agent = spawn(process.execPath, [...REPRODUCIBLE, script, bundles, "--once"], {
    env: {
      [AGENT_CONFIG_VARIABLE]: JSON.stringify(config),
      KEYCARD_TERMINATION_LOG: join(directory, "termination-log"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [agent.stdout, agent.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = await once(agent, "close");
  if (code !== 0) throw new Error(`The agent's warm-up run ended with ${code}:\n${output}`);
}

/**
 * Makes the code caches of the agent's bundles by running the agent against a double of Vault, so that they have
 * what a start calls and no more.
 * @param bundles the directory of the bundles; the caches are written there too.
 * @throws Error when such a run fails.
 */
export async function makeCodeCaches(bundles: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "keycard-warm-up-"));
  const vault = createServer((request, response) => {
    const answer = ANSWERS[request.url ?? ""];
    response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { errors: [] }));
  }).listen(0, "127.0.0.1");
  try {
    await once(vault, "listening");
    await mkdir(join(directory, "secrets"));
    await writeFile(join(directory, "token"), "token");
    const address = `http://127.0.0.1:${(vault.address() as AddressInfo).port}`;
    // What the second loads besides gets a cache too; what only it calls stays out of the first's, and of most pods.
    for (const template of [PLAIN, UNUSUAL])
      await runAgent(resolve(bundles), directory, configuration(directory, address, template));
  } finally {
    vault.closeAllConnections();
    vault.close();
    await rm(directory, { recursive: true, force: true });
  }
}
