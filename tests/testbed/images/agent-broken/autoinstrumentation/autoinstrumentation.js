// Ends the process before its application starts, keeps it from starting, or takes all memory there is.
const taken = [];

switch (process.env.AGENT_FAULT) {
  case 'crash':
    console.error('the agent crashes on purpose');
    process.exit(3);
    break;
  case 'hang':
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    break;
  case 'greed':
    for (;;) taken.push(Buffer.alloc(16 << 20, 1));
}
