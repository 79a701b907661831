package dev.caravan.recorder;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/** How many recordings this node has stored, and has not. */
@Component
final class RecorderMeters implements MeterBinder {
    private final Recorder recorder;
    private final RouteRecorder routes;
    private final Recordings recordings;

    RecorderMeters(Recorder recorder, RouteRecorder routes, Recordings recordings) {
        this.recorder = recorder;
        this.routes = routes;
        this.recordings = recordings;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("caravan.recorder.stored", recordings, Recordings::stored)
                .description("Recordings of attempts, and of exchanges of routes, that this node has stored")
                .register(registry);
        FunctionCounter.builder("caravan.recorder.dropped", this, RecorderMeters::dropped)
                .description(
                        "Attempts, and exchanges of routes, that this node should have recorded and has not: more than"
                                + " caravan.recorder.per-second, too many at a time, or Redis was away")
                .register(registry);
    }

    private double dropped() {
        return (double) recorder.tooMany() + routes.tooMany() + recordings.dropped();
    }
}
