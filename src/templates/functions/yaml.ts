import { trimSpace } from "../format/trim.ts";
import { ANY, anyMap } from "../values/value.ts";
import { decodeYaml } from "../yaml/decode.ts";
import { encodeYaml } from "../yaml/encode.ts";
import { define, library } from "./function-spec.ts";

/** YAML both ways. */
export const YAML = library({
  parseYAML: define(["string"], (args) =>
    args.string(0) === "" ? anyMap() : decodeYaml(args.string(0), args.run.meter),
  ),
  toYAML: define([ANY], (args) => trimSpace(encodeYaml(args.any(0), args.run.meter))),
});
