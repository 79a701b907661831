package dev.caravan.bench;

/**
 * CPU time, µs.
 *
 * @param first of the first process of a system
 * @param app of all its processes
 */
record CpuTimes(long first, long app, long rabbit, long redis) {
    static CpuTimes of(Peer peer) {
        return new CpuTimes(
                peer.firstCpuMicros(),
                peer.cpuMicros(),
                Processes.cpuMicros(peer.brokers().rabbitPid()),
                Processes.cpuMicros(peer.brokers().redisPid()));
    }

    CpuTimes since(CpuTimes before) {
        return new CpuTimes(first - before.first, app - before.app, rabbit - before.rabbit, redis - before.redis);
    }

    long all() {
        return app + rabbit + redis;
    }
}
