import { pathIn } from "../file-system.ts";
import { AGENT_BUNDLE, bundleLoader } from "./bundles.ts";

// The build makes a CommonJS file of this one.
bundleLoader(pathIn(__dirname, "agent"))(AGENT_BUNDLE);
