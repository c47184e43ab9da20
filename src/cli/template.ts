import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { KeycardError, messageOf } from "../errors.ts";
import { parseGoDuration } from "../settings/duration.ts";
import { vaultConnectionFromEnvironment } from "../settings/vault.ts";
import {
  loadTemplateLibraries,
  NoSecretError,
  parseTemplate,
  type Template,
  TemplateError,
} from "../templates/index.ts";
import { createVaultClient } from "../vault/client.ts";
import { VaultError } from "../vault/error.ts";
import type { VaultClient, VaultRequest, VaultResponse } from "../vault/response.ts";
import type { Command, CommandIo } from "./command.ts";
import { writeFiles } from "./template/file-writes.ts";
import { type Rendering, renderAgainstVault } from "./template/render-against-vault.ts";
import { type LeasedResponse, secondsUntilNextRead } from "./template/watch.ts";

const OPTIONS = {
  "left-delimiter": { type: "string" },
  "right-delimiter": { type: "string" },
  "error-on-missing-key": { type: "boolean", default: false },
  watch: { type: "boolean", default: false },
  interval: { type: "string", default: "5m" },
} as const;

/** A Vault, and the token that the environment names. */
export interface Connected {
  readonly client: VaultClient;
  readonly token: string | undefined;
}

/** Connects to the Vault that an environment names; tests hand in their own. */
export type Connect = (env: CommandIo["env"]) => Connected;

/** Waits so many seconds, or until the signal; tests hand in a wait that does not take as long. */
export type Wait = (seconds: number, signal: AbortSignal) => Promise<void>;

const waitSeconds: Wait = (seconds, signal) =>
  sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);

/** `keycard template`: renders one template as the pod's agent would. */
export function createTemplateCommand(connect: Connect, wait: Wait = waitSeconds): Command {
  return {
    name: "template",
    summary: "renders a template against a Vault, as a pod's file will hold it",
    help: `Usage: keycard template FILE|- [OPTIONS]

Renders a template as Vault Agent would and writes the result, byte for byte, to standard output.
- reads the template from standard input.

      --left-delimiter TEXT    instead of {{
      --right-delimiter TEXT   instead of }}
      --error-on-missing-key   fail when a map has no such key, instead of writing "<no value>"
      --watch                  keep running and render again when leases near their end
      --interval DURATION      with --watch: how often secrets without a lease are read again (default: 5m)

VAULT_ADDR, VAULT_TOKEN (or ~/.vault-token), VAULT_NAMESPACE, VAULT_CACERT and Vault's other variables say
where the secrets are. The template's functions env, file, writeToFile and plugin see this process's environment,
read and write its files, and run programs: look into templates of others before you render them.

Exit codes: 0 rendered, 1 failed (nothing is written then), 2 wrong usage.`,
    run: (args, io) => run(args, io, connect, wait),
  };
}

export const templateCommand: Command = createTemplateCommand((env) => {
  const { connection, token } = vaultConnectionFromEnvironment(env);
  return { client: createVaultClient(connection), token };
});

interface Options {
  readonly file: string;
  readonly leftDelimiter: string;
  readonly rightDelimiter: string;
  readonly missingKeyIsError: boolean;
  readonly watch: boolean;
  readonly intervalSeconds: number;
}

/** @returns what is wrong with the arguments, if something is */
function parseOptions(args: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) return "expected one FILE, or - for standard input";
    const intervalSeconds = (parseGoDuration(values.interval) ?? 0) / 1000;
    if (intervalSeconds < 1) return "--interval: expected a duration such as 30s or 5m";
    return {
      file,
      leftDelimiter: values["left-delimiter"] ?? "",
      rightDelimiter: values["right-delimiter"] ?? "",
      missingKeyIsError: values["error-on-missing-key"],
      watch: values.watch,
      intervalSeconds,
    };
  } catch (thrown) {
    return messageOf(thrown);
  }
}

async function run(args: readonly string[], io: CommandIo, connect: Connect, wait: Wait): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === "string") {
    io.stderr.write(`keycard template: ${options}\nSee "keycard template --help".\n`);
    return 2;
  }
  const { client, token: given } = connect(io.env);
  try {
    const template = await readTemplate(options, io);
    const token = given ?? (await readTokenFile(io));
    const render = (): Promise<Rendering<LeasedResponse>> =>
      renderAgainstVault(template, {
        env: io.env,
        signal: io.signal,
        send: (request) =>
          token === undefined ? sendWithoutToken(client, request) : client.send({ ...request, token }),
      });
    return await (options.watch ? watch(render, options.intervalSeconds, io, wait) : once(render, io));
  } catch (error) {
    const shown = describe(error);
    if (shown === undefined) throw error;
    io.stderr.write(`keycard template: ${shown}\n`);
    return 1;
  } finally {
    client.close();
  }
}

async function readTemplate(options: Options, io: CommandIo): Promise<Template> {
  const fromStdin = options.file === "-";
  const text = fromStdin ? await readAll(io.stdin) : await readTemplateFile(options.file);
  const template = parseTemplate(text, { name: fromStdin ? "stdin" : options.file, ...options });
  await loadTemplateLibraries(template);
  return template;
}

async function readTemplateFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new KeycardError("KEYCARD_TEMPLATE_FILE", `the template cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** The token that `vault login` left behind. */
async function readTokenFile(io: CommandIo): Promise<string | undefined> {
  try {
    return (await readFile(join(io.env.HOME ?? homedir(), ".vault-token"), "utf8")).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Vault says "permission denied" to whoever has no token, too. */
async function sendWithoutToken(client: VaultClient, request: VaultRequest): Promise<VaultResponse> {
  try {
    return await client.send(request);
  } catch (error) {
    const denied = error instanceof VaultError && error.kind === "denied";
    throw denied ? error.withFix('No token was given: set VAULT_TOKEN, or run "vault login" first.') : error;
  }
}

async function once(render: () => Promise<Rendering<LeasedResponse>>, io: CommandIo): Promise<number> {
  const { bytes, writes } = await render();
  writeFiles(writes);
  io.stdout.write(bytes);
  return 0;
}

/** Writes the result again whenever it has changed. A failure after the first success is only told. */
async function watch(
  render: () => Promise<Rendering<LeasedResponse>>,
  intervalSeconds: number,
  io: CommandIo,
  wait: Wait,
): Promise<number> {
  let last: Uint8Array | undefined;
  while (!io.signal.aborted) {
    let seconds = intervalSeconds;
    try {
      const { bytes, writes, fetched } = await render();
      seconds = secondsUntilNextRead(fetched, intervalSeconds);
      if (last === undefined || Buffer.compare(last, bytes) !== 0) {
        writeFiles(writes);
        io.stdout.write(bytes);
      }
      last = bytes;
    } catch (error) {
      if (io.signal.aborted) break;
      const shown = describe(error);
      if (last === undefined || shown === undefined) throw error;
      io.stderr.write(`keycard template: ${shown}\n`);
    }
    await wait(seconds, io.signal);
  }
  return 0;
}

/** What went wrong, if it is something that a user can mend; undefined: a defect. */
function describe(error: unknown): string | undefined {
  const isExpected =
    error instanceof TemplateError || error instanceof NoSecretError || error instanceof KeycardError;
  return isExpected ? `${error.message} [${error.code}]` : undefined;
}
