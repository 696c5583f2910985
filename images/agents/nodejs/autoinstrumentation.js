// Loaded by NODE_OPTIONS="--require …/autoinstrumentation.js" before the program of every Node.js process in the
// container. Keeps to syntax that the oldest releases parse, and leaves alone what the agent is not for: it must never
// be the reason that a process does not start.
"use strict";

const path = require("path");

/** Releases that the agent's packages support. */
function isSupported(version) {
  const numbers = version.split(".").map(Number);
  const major = numbers[0];
  const minor = numbers[1];
  return (major === 18 && minor >= 19) || (major === 20 && minor >= 6) || major > 20;
}

/** Node.js runs import hooks in a thread of its own before 22.15, and loads this file there as well. */
function isHooksThread() {
  const threads = require("worker_threads");
  return !threads.isMainThread && !threads.parentPort;
}

/** Package managers only start the program, as a Node.js process of its own. */
function isPackageManager(program) {
  const name = path.basename(program).replace(/(-cli)?(\.[cm]?js)?$/, "");
  return ["npm", "npx", "pnpm", "pnpx", "yarn", "yarnpkg", "corepack"].indexOf(name) !== -1;
}

/** The SDK that the application brings itself: the first one to start would take the place of the other. */
function ownSdk(program) {
  const places = [path.dirname(program), process.cwd()];
  return ["@opentelemetry/sdk-node", "@opentelemetry/sdk-trace-node", "@opentelemetry/sdk-trace-base"].find((name) => {
    try {
      return require.resolve(name, { paths: places });
    } catch (error) {
      return false;
    }
  });
}

function main() {
  const program = process.argv[1] || "";
  if (!isSupported(process.versions.node) || isHooksThread() || isPackageManager(program)) {
    return;
  }
  try {
    const own = ownSdk(program);
    if (own) {
      throw new Error("the application brings its own " + own);
    }
    require("./start.js");
  } catch (error) {
    process.stderr.write("tracereach: no tracing in this process: " + error.message + "\n");
  }
}

main();
