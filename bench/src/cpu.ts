/** User and system time that this process alone has used since `start`, in µs. */
export function cpuMicros(start?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
