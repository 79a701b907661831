package dev.caravan.routes.recording;

import java.util.function.Function;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/** A step that is noted when an exchange comes to it, and when it leaves it. */
public final class RecordedProcessor extends DelegateAsyncProcessor {
    private final StepPlace place;
    private final Function<Exchange, StepRecording> recordings;

    /** @param recordings the recording of an exchange; null for one that is not recorded */
    public RecordedProcessor(Processor target, StepPlace place, Function<Exchange, StepRecording> recordings) {
        super(target);
        this.place = place;
        this.recordings = recordings;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        StepRecording recording = recordings.apply(exchange);
        PassedStep step = recording == null ? null : recording.begin(exchange, place);
        if (step == null) {
            return super.process(exchange, callback);
        }
        return super.process(exchange, doneSync -> {
            recording.end(exchange, step);
            callback.done(doneSync);
        });
    }
}
