import { certificateDependency, listDependency, secretDependency } from "../dependency-key.ts";
import { nilList } from "../values/value.ts";
import { define, library } from "./function-spec.ts";

const PATH_AND_PAIRS = ["...string"];

/** The functions that read from Vault. What is not read yet is nil, and named in the result. */
export const VAULT = library({
  secret: define(PATH_AND_PAIRS, (args) => {
    if (args.count === 0) return null;
    return args.run.depend(secretDependency(args.string(0), args.strings(1))) ?? null;
  }),
  pkiCert: define(PATH_AND_PAIRS, (args) => {
    if (args.count === 0) return null;
    return args.run.depend(certificateDependency(args.string(0), args.strings(1))) ?? null;
  }),
  secrets: define(["string"], (args) => {
    if (args.string(0) === "") return nilList("string");
    return args.run.depend(listDependency(args.string(0))) ?? nilList("string");
  }),
});
