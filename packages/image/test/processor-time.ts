/** Milliseconds that this process has computed: a busy machine does not make them more. */
export function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
