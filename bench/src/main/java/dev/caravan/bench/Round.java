package dev.caravan.bench;

import dev.caravan.bench.Peer.Kind;

/**
 * One round of one system.
 *
 * @param payload bytes of the payload of each job; 0: none
 * @param appMicros µs of CPU a job, of the system's own processes
 */
record Round(
        Kind kind,
        int connections,
        int payload,
        JobLoad.Result load,
        double appMicros,
        double rabbitMicros,
        double redisMicros) {

    double allMicros() {
        return appMicros + rabbitMicros + redisMicros;
    }

    @Override
    public String toString() {
        return "%-12s %3d connections %6d bytes: µs a job %5.0f, RabbitMQ %4.0f, Redis %4.0f; finished %5.0f/s, accepted %5.0f/s, p50 %.1f p99 %.1f max %.0f ms%s"
                .formatted(
                        kind.title,
                        connections,
                        payload,
                        appMicros,
                        rabbitMicros,
                        redisMicros,
                        load.finishedPerSecond(),
                        load.acceptedPerSecond(),
                        load.p50Millis(),
                        load.p99Millis(),
                        load.maxMillis(),
                        load.correct() ? "" : "; " + load.faults());
    }
}
