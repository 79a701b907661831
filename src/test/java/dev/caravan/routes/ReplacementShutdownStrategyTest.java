package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ReplacementShutdownStrategyTest {
    private final AtomicInteger over = new AtomicInteger();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    @Test
    void tellsThatTheGraceIsOverOnlyWhenTheNodeStopsAndOnlyIfItIs() throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        ReplacementShutdownStrategy shutdown = new ReplacementShutdownStrategy(context, over::incrementAndGet);
        shutdown.setTimeout(1);
        context.setShutdownStrategy(shutdown);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:blocks").routeId("blocks").process(exchange -> {
                    begun.countDown();
                    end.await();
                });
                from("direct:blocks-too").routeId("blocks-too").to("direct:blocks");
            }
        });
        context.start();
        context.createProducerTemplate().asyncSendBody("direct:blocks-too", "");
        begun.await();

        context.getRouteController().stopRoute("blocks-too");
        assertThat(over).as("one route was stopped").hasValue(0);

        context.stop();
        end.countDown();
        assertThat(over).hasValue(1);
    }

    @Test
    void aNodeThatStopsInTimeNeedsNoMore() {
        DefaultCamelContext context = new DefaultCamelContext();
        context.setShutdownStrategy(new ReplacementShutdownStrategy(context, over::incrementAndGet));
        context.start();

        context.stop();

        assertThat(over).hasValue(0);
    }
}
