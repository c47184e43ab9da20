import { fromBytes, toBytes } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { shown } from "../format/quote.ts";
import { trimSpace } from "../format/trim.ts";
import { IntegerChannel, type Value } from "../values/value.ts";
import type { Arguments } from "./arguments.ts";
import { define, library } from "./function-spec.ts";
import { toInteger } from "./integers.ts";

function variable(args: Arguments): string | undefined {
  const name = fromBytes(args.string(0));
  const value = args.run.attempt(() => args.run.context.environment(name));
  return value === undefined ? undefined : toBytes(value);
}

/** Of a mode nothing else is taken, as in Go: no set-user-ID bits. */
const PERMISSION_BITS = 0o777;

/** `path user group mode [flags] content`. */
function writeToFile(args: Arguments): Value {
  const { writeFile } = args.run.context;
  if (!writeFile) throw new FunctionError("function is disabled here");
  const extra = args.strings(4);
  const content = extra[extra.length - 1];
  if (content === undefined) throw new FunctionError("expected the content as the last argument");
  const mode = args.string(3);
  if (!/^[0-7]+$/.test(mode))
    throw new FunctionError("the permissions are no octal number; expected e.g. 0640");
  const flags = extra.length === 2 ? (extra[0] ?? "") : "";
  args.run.attempt(() =>
    writeFile({
      path: fromBytes(args.string(0)),
      content: Buffer.from(content + (flags.includes("newline") ? "\n" : ""), "latin1"),
      append: flags.includes("append"),
      mode: Number.parseInt(mode, 8) & PERMISSION_BITS,
      user: fromBytes(args.string(1)),
      group: fromBytes(args.string(2)),
    }),
  );
  return "";
}

/** A program that a rendering starts counts for so many steps: it can start fifty. */
const PROGRAM_STEPS = 20_000;

/** `program argument…`: what it writes, without the white space around. */
function plugin(args: Arguments): Value {
  const file = args.string(0);
  if (file === "") return "";
  const { runProgram } = args.run.context;
  if (!runProgram) throw new FunctionError("function is disabled here: templates start no programs");
  args.run.meter.step(PROGRAM_STEPS);
  const given = args
    .strings(1)
    .map((argument) => fromBytes(trimSpace(argument)))
    .filter((argument) => argument !== "");
  const output = args.run.attempt(() => runProgram(fromBytes(file), given));
  args.run.meter.allocate(output.length);
  return trimSpace(Buffer.from(output).toString("latin1"));
}

/** The functions that reach outside the template, and those that steer it. */
export const ENVIRONMENT = library({
  env: define(["string"], (args) => variable(args) ?? ""),
  mustEnv: define(["string"], (args) => {
    const value = variable(args) ?? "";
    if (value === "")
      throw new FunctionError(`environment variable ${shown(args.string(0))} is empty or not set`);
    return value;
  }),
  envOrDefault: define(["string", "string"], (args) => variable(args) ?? args.string(1)),
  file: define(["string"], (args) => {
    const path = args.string(0);
    if (path === "") return "";
    const content = args.run.attempt(() => args.run.context.readFile(fromBytes(path)));
    args.run.meter.allocate(content.length);
    return Buffer.from(content).toString("latin1");
  }),
  writeToFile: define(["string", "string", "string", "string", "...string"], writeToFile),
  plugin: define(["string", "...string"], plugin),
  executeTemplate: define(["string", "...interface {}"], (args) => {
    if (args.count > 2) throw new FunctionError(`expected 1 or 2 arguments, got ${args.count}`);
    return args.run.executeTemplate(args.string(0), args.any(1) ?? undefined);
  }),
  scratch: define([], (args) => args.run.scratch),
  loop: define(["...interface {}"], (args) => {
    if (args.count !== 1 && args.count !== 2)
      throw new FunctionError(`expected 1 or 2 arguments, got ${args.count}`);
    const bounds = args.values.map(toInteger);
    const [start = 0n, stop = 0n] = bounds.length === 1 ? [0n, bounds[0]] : bounds;
    return new IntegerChannel(start, stop);
  }),
});
