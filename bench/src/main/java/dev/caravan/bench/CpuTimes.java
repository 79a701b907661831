package dev.caravan.bench;

/** CPU time of the processes of a system, of RabbitMQ and of Redis, µs. */
record CpuTimes(long app, long rabbit, long redis) {
    static CpuTimes of(Peer peer) {
        return new CpuTimes(
                peer.cpuMicros(),
                Processes.cpuMicros(peer.brokers().rabbitPid()),
                Processes.cpuMicros(peer.brokers().redisPid()));
    }

    CpuTimes since(CpuTimes before) {
        return new CpuTimes(app - before.app, rabbit - before.rabbit, redis - before.redis);
    }

    long all() {
        return app + rabbit + redis;
    }
}
