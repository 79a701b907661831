package dev.caravan.job.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.http.JsonBody;
import java.time.Instant;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.UnitOfWorkHelper;

/** While it runs, its node has the schedule. Its route runs for each firing that the node submits, on the thread that asks. */
final class ScheduleConsumer extends DefaultConsumer implements Suspendable, FileSchedules.Payloads {
    private final ScheduleEndpoint endpoint;
    private final ScheduleComponent component;

    ScheduleConsumer(ScheduleEndpoint endpoint, ScheduleComponent component, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.component = component;
    }

    @Override
    public String of(Firing firing) throws Exception {
        Exchange exchange = createExchange(false);
        exchange.getMessage().setHeader(ScheduleHeaders.NAME, firing.name());
        exchange.getMessage()
                .setHeader(
                        ScheduleHeaders.TIME,
                        Instant.ofEpochMilli(firing.time()).toString());
        try {
            getProcessor().process(exchange);
            if (exchange.getException() != null) {
                throw exchange.getException();
            }
            return payload(exchange.getMessage().getBody(String.class));
        } catch (Error e) { // Camel leaves it in flight; every edit of the route would then wait for it
            if (exchange.getUnitOfWork() != null) {
                UnitOfWorkHelper.doneUow(exchange.getUnitOfWork(), exchange);
                exchange.getContext().getInflightRepository().remove(exchange, getRouteId());
            }
            throw e;
        } finally {
            releaseExchange(exchange, false);
        }
    }

    private String payload(String body) {
        byte[] bytes = body == null ? null : body.getBytes(UTF_8);
        if (bytes != null && bytes.length > component.maxPayload()) {
            throw new IllegalArgumentException("The payload is over " + component.maxPayload() + " bytes.");
        }
        return JsonBody.read(bytes);
    }

    private void add() {
        String description = getRoute() == null ? null : getRoute().getDescription();
        component.files().add(endpoint.schedule(Objects.requireNonNullElse(description, "")), this);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        add();
    }

    @Override
    protected void doSuspend() throws Exception {
        component.files().remove(this);
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        add();
    }

    @Override
    protected void doStop() throws Exception {
        component.files().remove(this);
        super.doStop();
    }
}
