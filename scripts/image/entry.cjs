#!/usr/local/bin/node
// The image's entry point, also /usr/local/bin/keycard: whether a container runs the agent or another command. The
// agent is loaded alone and as CommonJS, because it lives in every pod: its start and memory count there.
"use strict";

if (process.argv[2] === "agent") require("./keycard-agent.cjs");
else import("./keycard.js");
